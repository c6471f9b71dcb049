using System.Numerics;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// The Euler scheduler of flow matching. Source: diffusers <c>schedulers/scheduling_flow_match_euler_discrete.py</c>. σ and
/// timesteps are float32, and steps are made in float32. It keeps no tensor, but counts its steps.
/// </summary>
public sealed class FlowMatchEulerDiscreteScheduler : IScheduler
{
    private readonly float _sigmaMax;
    private readonly float _sigmaMin;
    private readonly RunPosition _position;
    private float[] _sigmas;
    private double[] _timesteps;

    /// <summary>Builds it, at the timesteps of training.</summary>
    /// <param name="config">The settings.</param>
    /// <exception cref="ArgumentException">A setting has a value that is not known.</exception>
    /// <exception cref="NotSupportedException">A setting asks for something that is not here.</exception>
    public FlowMatchEulerDiscreteScheduler(FlowMatchEulerDiscreteSchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Check();
        Config = config;
        Shift = config.Shift;
        _sigmas = [.. Enumerable.Range(1, config.NumTrainTimesteps).Reverse().Select(t => (float)t / config.NumTrainTimesteps)];
        if (!config.UseDynamicShifting)
            _sigmas = SigmaShift.Static(_sigmas, Shift);
        (_sigmaMax, _sigmaMin) = (_sigmas[0], _sigmas[^1]);
        _timesteps = TimestepsOf(_sigmas);
        _position = new RunPosition(_timesteps);
    }

    /// <summary>The settings.</summary>
    public FlowMatchEulerDiscreteSchedulerConfig Config { get; }

    int IScheduler.NumTrainTimesteps => Config.NumTrainTimesteps;

    PretrainedConfig IScheduler.Config => Config;

    /// <summary>What to multiply the first noise with.</summary>
    public double InitNoiseSigma => 1.0;

    /// <summary>How far the next <see cref="SetTimesteps"/> shifts; <see cref="FlowMatchEulerDiscreteSchedulerConfig.Shift"/> at first.</summary>
    public double Shift { get; set; }

    /// <summary>The number of steps of a run, or <see langword="null"/> before <see cref="SetTimesteps"/>.</summary>
    public int? NumInferenceSteps { get; private set; }

    /// <summary>The timesteps of a run, each a float32; all of training's before <see cref="SetTimesteps"/>.</summary>
    public IReadOnlyList<double> Timesteps => _timesteps;

    /// <summary>The share of noise at each timestep of a run, and after its last step.</summary>
    public IReadOnlyList<float> Sigmas => _sigmas;

    /// <summary>The step to make next, or <see langword="null"/> before the first.</summary>
    public int? StepIndex => _position.Index;

    /// <summary>
    /// The step a run begins with; at <see langword="null"/>, its first timestep tells, the first of equal ones. <see cref="SetTimesteps"/> forgets it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public int? BeginIndex
    {
        get => _position.BeginIndex;
        set => _position.BeginIndex = value;
    }

    /// <summary>Reads a <c>scheduler_config.json</c>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A value is not one of this scheduler, or the file is of another kind of scheduler; the message says which.</exception>
    public static FlowMatchEulerDiscreteScheduler FromFile(string path) =>
        new(JsonConfig.FromFile<FlowMatchEulerDiscreteSchedulerConfig>(path, nameof(FlowMatchEulerDiscreteScheduler)));

    /// <summary>As <see cref="FromFile"/>, from the text of one.</summary>
    /// <exception cref="InvalidDataException">A value is not one of this scheduler; the message names it.</exception>
    public static FlowMatchEulerDiscreteScheduler FromJson(string json) =>
        new(JsonConfig.Parse<FlowMatchEulerDiscreteSchedulerConfig>(json, nameof(FlowMatchEulerDiscreteScheduler), "scheduler config"));

    /// <summary>
    /// The μ of a number of tokens, on the line through the two that the settings know. Source: diffusers
    /// <c>pipelines/flux/pipeline_flux.py</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The settings know no two.</exception>
    public double CalculateShift(long imageSeqLen)
    {
        if (Config is not { BaseShift: { } atBase, MaxShift: { } atMax } || Config.BaseImageSeqLen == Config.MaxImageSeqLen)
            throw new InvalidOperationException("base_shift and max_shift, at two different lengths, are needed to find μ");
        var slope = (atMax - atBase) / (Config.MaxImageSeqLen - Config.BaseImageSeqLen);
        return imageSeqLen * slope + (atBase - slope * Config.BaseImageSeqLen);
    }

    /// <summary>Chooses the timesteps of a run and begins it.</summary>
    /// <param name="numInferenceSteps">How many; may be left out where <paramref name="sigmas"/> or <paramref name="timesteps"/> tell.</param>
    /// <param name="sigmas">σ of every step before any shift, instead of evenly spaced ones.</param>
    /// <param name="mu">How far to shift under dynamic shifting; else it does nothing.</param>
    /// <param name="timesteps">Timesteps before any shift, instead of σ; they do nothing beside <paramref name="sigmas"/>.</param>
    /// <exception cref="ArgumentException">A length differs, μ is missing, or there is nothing to count steps by.</exception>
    public void SetTimesteps(
        int? numInferenceSteps = null,
        IReadOnlyList<double>? sigmas = null,
        double? mu = null,
        IReadOnlyList<double>? timesteps = null)
    {
        if (Config.UseDynamicShifting && mu is null)
            throw new ArgumentException("use_dynamic_shifting needs mu", nameof(mu));
        var steps = numInferenceSteps ?? sigmas?.Count ?? timesteps?.Count
            ?? throw new ArgumentException("expected a number of steps, sigmas or timesteps", nameof(numInferenceSteps));
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1, nameof(numInferenceSteps));
        SettingCheck.Steps(steps);
        if ((sigmas is not null && sigmas.Count != steps) || (timesteps is not null && timesteps.Count != steps))
        {
            throw new ArgumentException(
                $"expected {steps} sigmas and timesteps, found {sigmas?.Count ?? steps} and {timesteps?.Count ?? steps}",
                sigmas is not null && sigmas.Count != steps ? nameof(sigmas) : nameof(timesteps));
        }

        var count = (float)Config.NumTrainTimesteps;
        // Given numbers are worked on in float32, own ones in float64.
        var chosen = sigmas is not null ? Shifted<float>([.. sigmas.Select(sigma => (float)sigma)], mu)
            : timesteps is not null ? Shifted<float>([.. timesteps.Select(timestep => (float)timestep / count)], mu)
            : Shifted<double>([.. Spaced.Evenly(_sigmaMax * (double)count, _sigmaMin * (double)count, steps).Select(t => t / count)], mu);
        if (Config.InvertSigmas)
            chosen = [.. chosen.Select(sigma => 1 - sigma)];
        _timesteps = TimestepsOf(chosen);
        _sigmas = [.. chosen, Config.InvertSigmas ? 1 : 0];
        NumInferenceSteps = steps;
        _position.Start(_timesteps);
    }

    /// <inheritdoc/>
    public SchedulerRun BeginRun(ScheduleRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        SetTimesteps(request.NumInferenceSteps, request.Sigmas, request.Mu, request.Timesteps);
        return new(
            _timesteps,
            (index, modelOutput, sample, generator, noise) =>
            {
                StepInput.NoNoise(noise, nameof(FlowMatchEulerDiscreteScheduler));
                return Step(modelOutput, _timesteps[index], sample, generator);
            });
    }

    /// <summary>Goes one step. Steps have to be made in order.</summary>
    /// <param name="modelOutput">What the model gave for <paramref name="sample"/>, guidance included, in its shape.</param>
    /// <param name="timestep">The timestep of <paramref name="sample"/>, out of <see cref="Timesteps"/>.</param>
    /// <param name="sample">The noisy sample, any shape.</param>
    /// <param name="generator">Where stochastic sampling draws, on the sample's device; <see langword="null"/> for torch's own.</param>
    /// <returns>The sample at the next timestep, in the type of the model's output. It is the caller's; so stay the arguments.</returns>
    /// <exception cref="InvalidOperationException"><see cref="SetTimesteps"/> was not called, or every step is made.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timestep"/> is not that of the next step.</exception>
    /// <exception cref="ArgumentException">The two tensors differ in shape.</exception>
    public Tensor Step(Tensor modelOutput, double timestep, Tensor sample, Generator? generator = null)
    {
        StepInput.SameShape(sample, modelOutput, nameof(modelOutput));
        var index = _position.Enter(timestep);
        var (sigma, sigmaNext) = (_sigmas[index], _sigmas[index + 1]);

        using var scope = NewDisposeScope();
        var wide = sample.to(ScalarType.Float32);
        var next = Config.StochasticSampling
            ? (wide - modelOutput.Times(sigma)).Times(1 - sigmaNext)
                .Plus(GaussianNoise.Like(wide, generator).Times(sigmaNext))
            : wide.Plus(modelOutput.Times(sigmaNext - sigma));
        var result = next.to(modelOutput.dtype).MoveToOuterDisposeScope();
        _position.Leave(index);
        return result;
    }

    /// <summary>The samples as they would be at some timesteps: σ noise + (1 − σ) x.</summary>
    /// <param name="sample">[batch, …]</param>
    /// <param name="timesteps">One for each sample of the batch, or one for all; out of <see cref="Timesteps"/>.</param>
    /// <param name="noise">Of the sample's shape.</param>
    /// <returns>A new tensor of the same shape and type, the caller's.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A timestep is not one of the scheduler's.</exception>
    /// <exception cref="ArgumentException">Shapes differ, or there are neither one nor as many timesteps as samples.</exception>
    public Tensor ScaleNoise(Tensor sample, IReadOnlyList<double> timesteps, Tensor noise)
    {
        StepInput.SameShape(sample, noise, nameof(noise));
        using var scope = NewDisposeScope();
        var sigmas = StepInput.PerSample([.. _position.IndicesOf(timesteps).Select(index => _sigmas[index])], sample);
        return (sigmas * noise).Plus(1.Minus(sigmas) * sample).MoveToOuterDisposeScope();
    }

    private float[] Shifted<T>(T[] sigmas, double? mu) where T : IFloatingPointIeee754<T>
    {
        var shifted = Config.UseDynamicShifting
            ? SigmaShift.Dynamic(sigmas, Config.TimeShiftType, mu!.Value)
            : SigmaShift.Static(sigmas, Shift);
        shifted = SigmaShift.ToTerminal(shifted, Config.ShiftTerminal);
        var (max, min) = (double.CreateTruncating(shifted[0]), double.CreateTruncating(shifted[^1]));
        return Config switch
        {
            { UseKarrasSigmas: true } => [.. SigmaCurve.Karras(max, min, shifted.Length).Select(sigma => (float)sigma)],
            { UseExponentialSigmas: true } => [.. SigmaCurve.Exponential(max, min, shifted.Length).Select(sigma => (float)sigma)],
            _ => [.. shifted.Select(float.CreateTruncating)],
        };
    }

    private double[] TimestepsOf(float[] sigmas) => [.. sigmas.Select(sigma => (double)(sigma * Config.NumTrainTimesteps))];
}
