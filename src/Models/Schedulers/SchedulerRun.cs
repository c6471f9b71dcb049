using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>One run of a scheduler, step by step. It owns what is kept between steps.</summary>
public sealed class SchedulerRun : IDisposable
{
    private readonly StepOfRun _step;
    private readonly Action? _free;
    private readonly Func<int, Tensor, Tensor>? _scaleModelInput;

    /// <param name="timesteps">Its timesteps.</param>
    /// <param name="step">Makes the next sample, in the current dispose scope.</param>
    /// <param name="free">Frees what it keeps between steps.</param>
    /// <param name="scaleModelInput">Makes of the sample at a step what models take, where that is another.</param>
    internal SchedulerRun(IEnumerable<double> timesteps, StepOfRun step, Action? free = null, Func<int, Tensor, Tensor>? scaleModelInput = null) =>
        (Timesteps, _step, _free, _scaleModelInput) = ([.. timesteps], step, free, scaleModelInput);

    /// <summary>As <see cref="Step"/>.</summary>
    internal delegate Tensor StepOfRun(int index, Tensor modelOutput, Tensor sample, Generator? generator, Tensor? noise);

    /// <summary>The timesteps, in the order of the steps: what a model's cache plans by, too.</summary>
    public IReadOnlyList<double> Timesteps { get; }

    /// <summary>What the model is to be given for a sample (diffusers' <c>scale_model_input</c>): with most schedulers the sample itself.</summary>
    /// <param name="index">Which step comes next, from 0.</param>
    /// <param name="sample">The noisy sample, any shape.</param>
    /// <returns>A tensor of the same type, the caller's, in the current dispose scope; it may share the sample's memory.</returns>
    public Tensor ScaleModelInput(int index, Tensor sample) => _scaleModelInput?.Invoke(index, sample) ?? sample.alias();

    /// <summary>Goes one step.</summary>
    /// <param name="index">Which, from 0; schedulers that look back want them in order.</param>
    /// <param name="modelOutput">What the model gave for <see cref="ScaleModelInput"/> of <paramref name="sample"/>, guidance included, in its shape.</param>
    /// <param name="sample">The noisy sample, any shape.</param>
    /// <param name="generator">Where noise is drawn, by those that add some; <see langword="null"/> for torch's own.</param>
    /// <param name="noise">The noise to add, instead of a draw.</param>
    /// <returns>The sample at the next timestep, the caller's, in the current dispose scope.</returns>
    /// <exception cref="ArgumentException">Shapes differ, or noise is given to a scheduler that adds none.</exception>
    /// <exception cref="InvalidOperationException">The steps are not in order, where that is asked for.</exception>
    public Tensor Step(int index, Tensor modelOutput, Tensor sample, Generator? generator = null, Tensor? noise = null) =>
        _step(index, modelOutput, sample, generator, noise);

    /// <summary>Frees what is kept between steps.</summary>
    public void Dispose() => _free?.Invoke();
}
