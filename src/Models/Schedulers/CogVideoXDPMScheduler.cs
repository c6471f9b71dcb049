using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// The DPM-Solver++ (2M, stochastic) scheduler of CogVideoX (5b's default). Source: diffusers
/// <c>schedulers/scheduling_dpm_cogvideox.py</c>. Scalars are kept in float64; samples keep their type.
/// </summary>
/// <param name="config">The settings.</param>
/// <exception cref="ArgumentException">A setting has a value that is not known.</exception>
public sealed class CogVideoXDPMScheduler(CogVideoXSchedulerConfig config) : CogVideoXScheduler(config)
{
    /// <summary>Reads a <c>scheduler_config.json</c>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// A value is not one of this scheduler, or the file is of another kind of scheduler; the message says which.
    /// </exception>
    public static CogVideoXDPMScheduler FromFile(string path) =>
        new(CogVideoXSchedulerConfig.FromFile<CogVideoXDPMScheduler>(path));

    /// <summary>As <see cref="FromFile"/>, from the text of one.</summary>
    /// <exception cref="InvalidDataException">A value is not one of this scheduler; the message names it.</exception>
    public static CogVideoXDPMScheduler FromJson(string json) =>
        new(CogVideoXSchedulerConfig.FromJson<CogVideoXDPMScheduler>(json));

    /// <summary>Goes one step.</summary>
    /// <param name="modelOutput">What the model gave for <paramref name="sample"/>, guidance included.</param>
    /// <param name="oldPredOriginalSample">
    /// <see cref="SchedulerOutput.PredOriginalSample"/> of the step before, or <see langword="null"/> in the first step.
    /// </param>
    /// <param name="timestep">The timestep of <paramref name="sample"/>, out of <see cref="AlphaScheduler.Timesteps"/>.</param>
    /// <param name="timestepBack">The timestep of the step before, or <see langword="null"/> in the first step.</param>
    /// <param name="sample">The noisy sample, any shape.</param>
    /// <param name="generator">
    /// Where noise is drawn, on the device of the generator; <see langword="null"/> for torch's own of the sample's device.
    /// </param>
    /// <param name="varianceNoise">
    /// The noise to add, of the sample's shape, instead of a draw. Without it, a step draws as often as diffusers does (twice
    /// where the step before is taken in, and the first is dropped), so that a seed gives the same run.
    /// </param>
    /// <exception cref="InvalidOperationException"><see cref="AlphaScheduler.SetTimesteps"/> was not called.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A timestep is not one of training's.</exception>
    /// <exception cref="ArgumentException">
    /// Only one of <paramref name="oldPredOriginalSample"/> and <paramref name="timestepBack"/> is given.
    /// </exception>
    public SchedulerOutput Step(
        Tensor modelOutput,
        Tensor? oldPredOriginalSample,
        long timestep,
        long? timestepBack,
        Tensor sample,
        Generator? generator = null,
        Tensor? varianceNoise = null)
    {
        if (oldPredOriginalSample is null != timestepBack is null)
            throw new ArgumentException("the prediction of the step before and its timestep go together", nameof(timestepBack));

        var previous = Previous(timestep);
        var alpha = AlphaAt(timestep);
        var alphaPrevious = AlphaAtOrFinal(previous);
        var h = LogSnr(alphaPrevious) - LogSnr(alpha);
        var ofSample = Math.Sqrt((1 - alphaPrevious) / (1 - alpha)) * Math.Exp(-h);
        var ofOriginal = (Math.Exp(-2 * h) - 1) * Math.Sqrt(alphaPrevious);
        var ofNoise = Math.Sqrt(1 - alphaPrevious) * Math.Sqrt(1 - Math.Exp(-2 * h));

        using var scope = NewDisposeScope();
        var original = PredictOriginal(modelOutput, sample, alpha);
        var secondOrder = oldPredOriginalSample is not null && previous >= 0;
        var noise = varianceNoise ?? Draw(sample, generator, times: secondOrder ? 2 : 1);
        var target = original;
        if (secondOrder)
        {
            var r = (LogSnr(alpha) - LogSnr(AlphaAt(timestepBack!.Value))) / h;
            target = original.Times(1 + 1 / (2 * r)) - oldPredOriginalSample!.Times(1 / (2 * r));
        }

        var next = (sample.Times(ofSample) - target.Times(ofOriginal)).Plus(noise.Times(ofNoise));
        return new SchedulerOutput(next.MoveToOuterDisposeScope(), original.MoveToOuterDisposeScope());
    }

    private protected override SchedulerRun Begin()
    {
        Tensor? before = null; // what the last step predicted
        return RunOf(
            (index, modelOutput, sample, generator, noise) =>
            {
                var (next, original) = Step(modelOutput, index > 0 ? before : null, Timesteps[index], index > 0 ? Timesteps[index - 1] : null, sample, generator, noise);
                before?.Dispose();
                before = original.DetachFromDisposeScope();
                return next;
            },
            () => before?.Dispose());
    }

    /// <summary>λ = ln √(ᾱ / (1 − ᾱ)): −∞ without signal, ∞ without noise.</summary>
    private static double LogSnr(double alpha) => Math.Log(Math.Sqrt(alpha / (1 - alpha)));

    private static Tensor Draw(Tensor sample, Generator? generator, int times)
    {
        for (var i = 1; i < times; i++)
            GaussianNoise.Skip(sample, generator);
        return GaussianNoise.Like(sample, generator);
    }
}
