using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What schedulers over the timesteps of training share: ᾱ, and the timesteps of a run.</summary>
public abstract class AlphaScheduler : IScheduler
{
    private readonly NoiseScheduleConfig _config;
    private readonly double[] _alphasCumprod;
    private long[] _timesteps;

    private protected AlphaScheduler(NoiseScheduleConfig config, double[] alphasCumprod, bool setAlphaToOne)
    {
        _config = config;
        _alphasCumprod = alphasCumprod;
        FinalAlphaCumprod = setAlphaToOne ? 1.0 : _alphasCumprod[0];
        _timesteps = [.. Enumerable.Range(0, config.NumTrainTimesteps).Reverse().Select(t => (long)t)];
    }

    int IScheduler.NumTrainTimesteps => _config.NumTrainTimesteps;

    PretrainedConfig IScheduler.Config => (PretrainedConfig)_config;

    /// <summary>ᾱ of every training timestep.</summary>
    public IReadOnlyList<double> AlphasCumprod => _alphasCumprod;

    /// <summary>ᾱ after the last step.</summary>
    public double FinalAlphaCumprod { get; }

    /// <summary>What to multiply the first noise with.</summary>
    public double InitNoiseSigma => 1.0;

    /// <summary>The number of steps of a run, or <see langword="null"/> before <see cref="SetTimesteps"/>.</summary>
    public int? NumInferenceSteps { get; private set; }

    /// <summary>The timesteps of a run, descending; all of training's before <see cref="SetTimesteps"/>.</summary>
    public IReadOnlyList<long> Timesteps => _timesteps;

    /// <summary>Chooses the timesteps of a run.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="numInferenceSteps"/> is below 1 or above the number of training timesteps.
    /// </exception>
    public void SetTimesteps(int numInferenceSteps)
    {
        SettingCheck.StepsOfTraining(numInferenceSteps, _config.NumTrainTimesteps);
        _timesteps = TimestepSpacing.Choose(_config.TimestepSpacing, _config.NumTrainTimesteps, numInferenceSteps, _config.StepsOffset);
        NumInferenceSteps = numInferenceSteps;
    }

    /// <inheritdoc/>
    public SchedulerRun BeginRun(ScheduleRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        SetTimesteps(request.StepsAlone(GetType().Name));
        return Begin();
    }

    /// <summary>A run over <see cref="Timesteps"/>.</summary>
    private protected abstract SchedulerRun Begin();

    /// <summary>A run of steps that <paramref name="step"/> makes.</summary>
    private protected SchedulerRun RunOf(SchedulerRun.StepOfRun step, Action? free = null) =>
        new(_timesteps.Select(timestep => (double)timestep), step, free);

    /// <summary>The samples as they would be at some timesteps: √ᾱ x + √(1 − ᾱ) noise.</summary>
    /// <param name="originalSamples">[batch, …]</param>
    /// <param name="noise">Of the same shape.</param>
    /// <param name="timesteps">One for each sample of the batch, or one for all.</param>
    /// <returns>A new tensor of the same shape and type, the caller's.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A timestep is not one of training's.</exception>
    /// <exception cref="ArgumentException">There are neither one nor as many timesteps as samples.</exception>
    public Tensor AddNoise(Tensor originalSamples, Tensor noise, IReadOnlyList<long> timesteps)
    {
        using var scope = NewDisposeScope();
        // ᾱ is rounded to the samples' type first, as in diffusers.
        var alphas = StepInput.PerSample([.. timesteps.Select(AlphaAt)], originalSamples);
        return (alphas.sqrt() * originalSamples).Plus(1.Minus(alphas).sqrt() * noise).MoveToOuterDisposeScope();
    }

    /// <summary>What a model of velocities is trained to predict: √ᾱ noise − √(1 − ᾱ) x (Salimans and Ho, 2022).</summary>
    /// <inheritdoc cref="AddNoise" path="/param"/>
    /// <inheritdoc cref="AddNoise" path="/returns"/>
    /// <inheritdoc cref="AddNoise" path="/exception"/>
    public Tensor GetVelocity(Tensor originalSamples, Tensor noise, IReadOnlyList<long> timesteps)
    {
        using var scope = NewDisposeScope();
        var alphas = StepInput.PerSample([.. timesteps.Select(AlphaAt)], originalSamples);
        return (alphas.sqrt() * noise - 1.Minus(alphas).sqrt() * originalSamples).MoveToOuterDisposeScope();
    }

    /// <summary>ᾱ at a timestep.</summary>
    private protected double AlphaAt(long timestep) => timestep >= 0 && timestep < _alphasCumprod.Length
        ? _alphasCumprod[timestep]
        : throw new ArgumentOutOfRangeException(nameof(timestep), timestep, $"expected a timestep of 0 to {_alphasCumprod.Length - 1}");

    /// <summary>The timestep after this one, below 0 after the last.</summary>
    private protected long Previous(long timestep) => NumInferenceSteps is { } steps
        ? timestep - _config.NumTrainTimesteps / steps
        : throw new InvalidOperationException($"the number of steps is not known; call {nameof(SetTimesteps)} first");

    /// <summary>ᾱ at a timestep, or the final one below 0.</summary>
    private protected double AlphaAtOrFinal(long timestep) => timestep >= 0 ? AlphaAt(timestep) : FinalAlphaCumprod;
}
