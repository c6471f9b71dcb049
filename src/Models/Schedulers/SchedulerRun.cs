using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>One run of a scheduler, step by step. It owns what is kept between steps.</summary>
public sealed class SchedulerRun : IDisposable
{
    private readonly StepOfRun _step;
    private readonly Func<Tensor, Tensor, int, Tensor> _addNoise;
    private readonly Action? _free;

    /// <param name="timesteps">Its timesteps.</param>
    /// <param name="step">Makes the next sample, in the current dispose scope.</param>
    /// <param name="addNoise">Makes the sample at a step out of one without noise and noise.</param>
    /// <param name="free">Frees what it keeps between steps.</param>
    internal SchedulerRun(IEnumerable<double> timesteps, StepOfRun step, Func<Tensor, Tensor, int, Tensor> addNoise, Action? free = null) =>
        (Timesteps, _step, _addNoise, _free) = ([.. timesteps], step, addNoise, free);

    /// <summary>As <see cref="Step"/>.</summary>
    internal delegate Tensor StepOfRun(int index, Tensor modelOutput, Tensor sample, Generator? generator, Tensor? noise);

    /// <summary>The timesteps, in the order of the steps: what a model's cache plans by, too.</summary>
    public IReadOnlyList<double> Timesteps { get; }

    /// <summary>Goes one step.</summary>
    /// <param name="index">Which, from 0; schedulers that look back want them in order.</param>
    /// <param name="modelOutput">What the model gave for <paramref name="sample"/>, guidance included, in its shape.</param>
    /// <param name="sample">The noisy sample, any shape.</param>
    /// <param name="generator">Where noise is drawn, by those that add some; <see langword="null"/> for torch's own.</param>
    /// <param name="noise">The noise to add, instead of a draw.</param>
    /// <returns>The sample at the next timestep, the caller's, in the current dispose scope.</returns>
    /// <exception cref="ArgumentException">Shapes differ, or noise is given to a scheduler that adds none.</exception>
    /// <exception cref="InvalidOperationException">The steps are not in order, where that is asked for.</exception>
    public Tensor Step(int index, Tensor modelOutput, Tensor sample, Generator? generator = null, Tensor? noise = null) =>
        _step(index, modelOutput, sample, generator, noise);

    /// <summary>The sample as it would be before a step, out of one without noise (diffusers' <c>add_noise</c>, <c>scale_noise</c>).</summary>
    /// <param name="originalSample">Any shape.</param>
    /// <param name="noise">Of that shape.</param>
    /// <param name="index">Which step, from 0.</param>
    /// <returns>A new tensor, the caller's, in the current dispose scope.</returns>
    public Tensor AddNoise(Tensor originalSample, Tensor noise, int index) => _addNoise(originalSample, noise, index);

    /// <summary>Frees what is kept between steps.</summary>
    public void Dispose() => _free?.Invoke();
}
