using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// The DDIM scheduler (arXiv 2010.02502). Source: diffusers <c>schedulers/scheduling_ddim.py</c>. Scalars are float32, as there;
/// samples keep their type. It keeps no tensor.
/// </summary>
/// <param name="config">The settings.</param>
/// <exception cref="ArgumentException">A setting has a value that is not known.</exception>
public sealed class DDIMScheduler(DDIMSchedulerConfig config) : AlphaScheduler(
    Checked(config),
    [.. NoiseSchedule.AlphasCumprod(config).Select(alpha => (double)alpha)],
    config.SetAlphaToOne)
{
    /// <summary>The settings.</summary>
    public DDIMSchedulerConfig Config { get; } = config;

    /// <summary>Reads a <c>scheduler_config.json</c>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A value is not one of this scheduler, or the file is of another kind of scheduler; the message says which.</exception>
    public static DDIMScheduler FromFile(string path) =>
        new(JsonConfig.FromFile<DDIMSchedulerConfig>(path, nameof(DDIMScheduler)));

    /// <summary>As <see cref="FromFile"/>, from the text of one.</summary>
    /// <exception cref="InvalidDataException">A value is not one of this scheduler; the message names it.</exception>
    public static DDIMScheduler FromJson(string json) =>
        new(JsonConfig.Parse<DDIMSchedulerConfig>(json, nameof(DDIMScheduler), "scheduler config"));

    /// <summary>Goes one step.</summary>
    /// <param name="modelOutput">What the model gave for <paramref name="sample"/>, guidance included, in its shape.</param>
    /// <param name="timestep">The timestep of <paramref name="sample"/>, out of <see cref="AlphaScheduler.Timesteps"/>.</param>
    /// <param name="sample">The noisy sample, any shape.</param>
    /// <param name="eta">How much noise a step adds: 0 none, 1 as much as DDPM.</param>
    /// <param name="useClippedModelOutput">Whether the noise is derived again from the clipped or thresholded original.</param>
    /// <param name="generator">Where noise is drawn, on the sample's device; <see langword="null"/> for torch's own.</param>
    /// <param name="varianceNoise">The noise to add, of the sample's shape, instead of a draw.</param>
    /// <returns>Both tensors are the caller's; the arguments stay the caller's.</returns>
    /// <exception cref="InvalidOperationException"><see cref="AlphaScheduler.SetTimesteps"/> was not called.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="timestep"/> is not one of training's, or <paramref name="eta"/> is below 0.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// A tensor has another shape than the sample, or both a generator and noise are given.
    /// </exception>
    public SchedulerOutput Step(
        Tensor modelOutput,
        long timestep,
        Tensor sample,
        double eta = 0,
        bool useClippedModelOutput = false,
        Generator? generator = null,
        Tensor? varianceNoise = null)
    {
        StepInput.SameShape(sample, modelOutput, nameof(modelOutput));
        ArgumentOutOfRangeException.ThrowIfNegative(eta);
        if (varianceNoise is not null && generator is not null)
            throw new ArgumentException("expected a generator or the noise itself, found both", nameof(varianceNoise));
        if (varianceNoise is not null)
            StepInput.SameShape(sample, varianceNoise, nameof(varianceNoise));

        var alphaPrevious = (float)AlphaAtOrFinal(Previous(timestep));
        var alpha = (float)AlphaAt(timestep);
        var (signal, noise) = (MathF.Sqrt(alpha), MathF.Sqrt(1 - alpha));
        var variance = (1 - alphaPrevious) / (1 - alpha) * (1 - alpha / alphaPrevious);
        var deviation = (float)eta * MathF.Sqrt(variance);

        using var scope = NewDisposeScope();
        var (original, epsilon) = Config.PredictionType switch
        {
            "epsilon" => ((sample - modelOutput.Times(noise)).Over(signal), modelOutput),
            "sample" => (modelOutput.alias(), Epsilon(modelOutput)),
            _ => (sample.Times(signal) - modelOutput.Times(noise), modelOutput.Times(signal).Plus(sample.Times(noise))),
        };
        if (Config.Thresholding)
            original = DynamicThreshold.Apply(original, Config.DynamicThresholdingRatio, Config.SampleMaxValue);
        else if (Config.ClipSample)
            original = original.Clamped(-Config.ClipSampleRange, Config.ClipSampleRange);
        if (useClippedModelOutput)
            epsilon = Epsilon(original);

        var next = original.Times(MathF.Sqrt(alphaPrevious)).Plus(epsilon.Times(MathF.Sqrt(1 - alphaPrevious - deviation * deviation)));
        if (eta > 0)
            next = next.Plus((varianceNoise ?? GaussianNoise.Like(modelOutput, generator)).Times(deviation));
        return new SchedulerOutput(next.MoveToOuterDisposeScope(), original.MoveToOuterDisposeScope());

        Tensor Epsilon(Tensor ofOriginal) => (sample - ofOriginal.Times(signal)).Over(noise);
    }

    private protected override SchedulerRun Begin() => RunOf((index, modelOutput, sample, _, noise) =>
    {
        StepInput.NoNoise(noise, nameof(DDIMScheduler));
        var (next, original) = Step(modelOutput, Timesteps[index], sample);
        original.Dispose();
        return next;
    });

    private static DDIMSchedulerConfig Checked(DDIMSchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Check();
        return config;
    }
}
