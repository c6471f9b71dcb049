using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// The DDIM scheduler of CogVideoX (2b's default). Source: diffusers <c>schedulers/scheduling_ddim_cogvideox.py</c>. Scalars are
/// kept in float64; samples keep their type.
/// </summary>
/// <param name="config">The settings.</param>
/// <exception cref="ArgumentException">A setting has a value that is not known.</exception>
public sealed class CogVideoXDDIMScheduler(CogVideoXSchedulerConfig config) : CogVideoXScheduler(config)
{
    /// <summary>Reads a <c>scheduler_config.json</c>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// A value is not one of this scheduler, or the file is of another kind of scheduler; the message says which.
    /// </exception>
    public static CogVideoXDDIMScheduler FromFile(string path) =>
        new(CogVideoXSchedulerConfig.FromFile<CogVideoXDDIMScheduler>(path));

    /// <summary>As <see cref="FromFile"/>, from the text of one.</summary>
    /// <exception cref="InvalidDataException">A value is not one of this scheduler; the message names it.</exception>
    public static CogVideoXDDIMScheduler FromJson(string json) =>
        new(CogVideoXSchedulerConfig.FromJson<CogVideoXDDIMScheduler>(json));

    /// <summary>Goes one step.</summary>
    /// <param name="modelOutput">What the model gave for <paramref name="sample"/>, guidance included.</param>
    /// <param name="timestep">The timestep of <paramref name="sample"/>, out of <see cref="AlphaScheduler.Timesteps"/>.</param>
    /// <param name="sample">The noisy sample, any shape.</param>
    /// <exception cref="InvalidOperationException"><see cref="AlphaScheduler.SetTimesteps"/> was not called.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timestep"/> is not one of training's.</exception>
    public SchedulerOutput Step(Tensor modelOutput, long timestep, Tensor sample)
    {
        var previous = Previous(timestep);
        var alpha = AlphaAt(timestep);
        var alphaPrevious = AlphaAtOrFinal(previous);
        var ofSample = Math.Sqrt((1 - alphaPrevious) / (1 - alpha));
        var ofOriginal = Math.Sqrt(alphaPrevious) - Math.Sqrt(alpha) * ofSample;

        using var scope = NewDisposeScope();
        var original = PredictOriginal(modelOutput, sample, alpha);
        var next = sample.Times(ofSample).Plus(original.Times(ofOriginal));
        return new SchedulerOutput(next.MoveToOuterDisposeScope(), original.MoveToOuterDisposeScope());
    }

    private protected override SchedulerRun Begin() => RunOf((index, modelOutput, sample, _, noise) =>
    {
        StepInput.NoNoise(noise, nameof(CogVideoXDDIMScheduler));
        var (next, original) = Step(modelOutput, Timesteps[index], sample);
        original.Dispose();
        return next;
    });
}
