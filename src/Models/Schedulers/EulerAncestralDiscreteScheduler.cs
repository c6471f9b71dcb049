using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// The ancestral Euler scheduler: a step goes further down than asked for, and noise leads back up. Source: diffusers
/// <c>schedulers/scheduling_euler_ancestral_discrete.py</c>. Samples are x + σ noise, and models take them scaled
/// (<see cref="ScaleModelInput"/>). σ and other scalars are float32, as there, and steps are made in float32. It keeps no tensor, but
/// counts its steps.
/// </summary>
public sealed class EulerAncestralDiscreteScheduler : IScheduler
{
    private readonly float[] _trainSigmas;
    private readonly RunPosition _position;
    private float[] _sigmas;
    private double[] _timesteps;

    /// <summary>Builds it, at the timesteps of training.</summary>
    /// <param name="config">The settings.</param>
    /// <exception cref="ArgumentException">A setting has a value that is not known.</exception>
    /// <exception cref="NotSupportedException">A setting asks for something that is not here.</exception>
    public EulerAncestralDiscreteScheduler(EulerAncestralDiscreteSchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Check();
        Config = config;
        _trainSigmas = NoiseSchedule.Sigmas(config);
        _sigmas = [.. _trainSigmas.Reverse(), 0];
        _timesteps = [.. Enumerable.Range(0, config.NumTrainTimesteps).Reverse().Select(t => (double)t)];
        _position = new RunPosition(_timesteps);
    }

    /// <summary>The settings.</summary>
    public EulerAncestralDiscreteSchedulerConfig Config { get; }

    int IScheduler.NumTrainTimesteps => Config.NumTrainTimesteps;

    PretrainedConfig IScheduler.Config => Config;

    /// <summary>What to multiply the first noise with: the largest σ of the run, or under leading spacing the deviation of its first sample.</summary>
    public double InitNoiseSigma => Config.TimestepSpacing == "leading" ? Deviation(_sigmas.Max()) : _sigmas.Max();

    /// <summary>The number of steps of a run, or <see langword="null"/> before <see cref="SetTimesteps"/>.</summary>
    public int? NumInferenceSteps { get; private set; }

    /// <summary>The timesteps of a run, each a float32, descending; all of training's before <see cref="SetTimesteps"/>.</summary>
    public IReadOnlyList<double> Timesteps => _timesteps;

    /// <summary>σ at each timestep of a run, and after its last step.</summary>
    public IReadOnlyList<float> Sigmas => _sigmas;

    /// <summary>Reads a <c>scheduler_config.json</c>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A value is not one of this scheduler, or the file is of another kind of scheduler; the message says which.</exception>
    public static EulerAncestralDiscreteScheduler FromFile(string path) => new(EulerAncestralDiscreteSchedulerConfig.FromFile(path));

    /// <summary>As <see cref="FromFile"/>, from the text of one.</summary>
    /// <exception cref="InvalidDataException">A value is not one of this scheduler; the message names it.</exception>
    public static EulerAncestralDiscreteScheduler FromJson(string json) => new(EulerAncestralDiscreteSchedulerConfig.FromJson(json));

    /// <summary>Chooses the timesteps of a run, and begins it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="numInferenceSteps"/> is below 1 or above the number of training timesteps.
    /// </exception>
    public void SetTimesteps(int numInferenceSteps)
    {
        SettingCheck.StepsOfTraining(numInferenceSteps, Config.NumTrainTimesteps);
        _timesteps = Config.TimestepSpacing == "linspace"
            ? [.. Spaced.Evenly(0, Config.NumTrainTimesteps - 1, numInferenceSteps).Reverse().Select(timestep => (double)(float)timestep)]
            : [.. TimestepSpacing.Choose(Config.TimestepSpacing, Config.NumTrainTimesteps, numInferenceSteps, Config.StepsOffset).Select(timestep => (double)timestep)];
        _sigmas = [.. _timesteps.Select(TrainSigmaAt), 0];
        NumInferenceSteps = numInferenceSteps;
        _position.Start(_timesteps);
    }

    /// <inheritdoc/>
    public SchedulerRun BeginRun(ScheduleRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        SetTimesteps(request.StepsAlone(nameof(EulerAncestralDiscreteScheduler)));
        return new(
            _timesteps,
            (index, modelOutput, sample, generator, noise) =>
            {
                var (next, original) = Step(modelOutput, _timesteps[index], sample, generator, noise);
                original.Dispose();
                return next;
            },
            scaleModelInput: (index, sample) => ScaleModelInput(sample, _timesteps[index]));
    }

    /// <summary>What a model takes for a sample: as much deviation as in training.</summary>
    /// <param name="sample">The noisy sample, any shape.</param>
    /// <param name="timestep">Its timestep, that of the next step.</param>
    /// <returns>A new tensor of the same type, the caller's.</returns>
    /// <exception cref="InvalidOperationException"><see cref="SetTimesteps"/> was not called, or every step is made.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timestep"/> is not that of the next step.</exception>
    public Tensor ScaleModelInput(Tensor sample, double timestep) => sample.Over(Deviation(_sigmas[_position.Enter(timestep)]));

    /// <summary>Goes one step. Steps have to be made in order.</summary>
    /// <param name="modelOutput">What the model gave for <paramref name="sample"/>, scaled, guidance included, in its shape.</param>
    /// <param name="timestep">The timestep of <paramref name="sample"/>, out of <see cref="Timesteps"/>.</param>
    /// <param name="sample">The noisy sample, not scaled, any shape.</param>
    /// <param name="generator">Where noise is drawn, on the device of the generator; <see langword="null"/> for torch's own of the sample's device.</param>
    /// <param name="noise">The noise to add, of the sample's shape, instead of a draw.</param>
    /// <returns>The sample in the type of the model's output, and the original. Both are the caller's; the arguments stay the caller's.</returns>
    /// <exception cref="InvalidOperationException"><see cref="SetTimesteps"/> was not called, or every step is made.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timestep"/> is not that of the next step.</exception>
    /// <exception cref="ArgumentException">A tensor has another shape than the sample.</exception>
    public SchedulerOutput Step(Tensor modelOutput, double timestep, Tensor sample, Generator? generator = null, Tensor? noise = null)
    {
        StepInput.SameShape(sample, modelOutput, nameof(modelOutput));
        if (noise is not null)
            StepInput.SameShape(sample, noise, nameof(noise));
        var index = _position.Enter(timestep);
        var (sigma, next) = (_sigmas[index], _sigmas[index + 1]);
        var (variance, nextVariance) = (sigma * sigma, next * next);
        var up = MathF.Sqrt(nextVariance * (variance - nextVariance) / variance);
        var down = MathF.Sqrt(nextVariance - up * up);

        using var scope = NewDisposeScope();
        var wide = sample.to(ScalarType.Float32);
        var original = Config.PredictionType == "epsilon"
            ? wide.Minus(modelOutput.Times(sigma))
            : modelOutput.Times(-sigma / Deviation(sigma)).Plus(wide.Over(variance + 1));
        var derivative = wide.Minus(original).Over(sigma);
        var added = (noise ?? GaussianNoise.Like(modelOutput, generator)).Times(up);
        var result = wide.Plus(derivative.Times(down - sigma)).Plus(added).to(modelOutput.dtype);
        _position.Leave(index);
        return new SchedulerOutput(result.MoveToOuterDisposeScope(), original.MoveToOuterDisposeScope());
    }

    /// <summary>The samples as they would be at some timesteps: x + σ noise.</summary>
    /// <param name="originalSamples">[batch, …]</param>
    /// <param name="noise">Of the same shape.</param>
    /// <param name="timesteps">One for each sample of the batch, or one for all; out of <see cref="Timesteps"/>.</param>
    /// <returns>A new tensor of the same shape and type, the caller's.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A timestep is not one of the scheduler's.</exception>
    /// <exception cref="ArgumentException">Shapes differ, or there are neither one nor as many timesteps as samples.</exception>
    public Tensor AddNoise(Tensor originalSamples, Tensor noise, IReadOnlyList<double> timesteps)
    {
        StepInput.SameShape(originalSamples, noise, nameof(noise));
        using var scope = NewDisposeScope();
        var sigmas = StepInput.PerSample([.. _position.IndicesOf(timesteps).Select(index => (double)_sigmas[index])], originalSamples);
        return originalSamples.Plus(sigmas * noise).MoveToOuterDisposeScope();
    }

    /// <summary>The deviation of x + σ noise.</summary>
    private static float Deviation(float sigma) => MathF.Sqrt(sigma * sigma + 1);

    /// <summary>σ of training at a timestep, which may lie between two; beyond the ends, that of an end.</summary>
    private float TrainSigmaAt(double timestep)
    {
        var low = (int)Math.Floor(timestep);
        if (low < 0)
            return _trainSigmas[0];
        if (low >= _trainSigmas.Length - 1)
            return _trainSigmas[^1];
        double from = _trainSigmas[low], to = _trainSigmas[low + 1];
        return (float)((to - from) * (timestep - low) + from);
    }
}
