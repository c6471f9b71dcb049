using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// The UniPC scheduler (arXiv 2302.04867). Source: diffusers <c>schedulers/scheduling_unipc_multistep.py</c>. σ and other scalars
/// are float32, as there; samples keep their type. It keeps a sample and as many converted model outputs as its order between
/// steps; <see cref="SetTimesteps"/> and <see cref="Dispose"/> free them.
/// </summary>
public sealed class UniPCMultistepScheduler : IScheduler, IDisposable
{
    private readonly float[] _trainSigmas;
    private readonly UniPCSolver _solver;
    private readonly MultistepHistory _history;
    private readonly RunPosition _position;
    private UniPCRun _run;
    private bool _disposed;

    /// <summary>Builds it, at the timesteps of training.</summary>
    /// <param name="config">The settings.</param>
    /// <exception cref="ArgumentException">A setting has a value that is not known, or two do not go together.</exception>
    /// <exception cref="NotSupportedException">A setting asks for something that is not here.</exception>
    public UniPCMultistepScheduler(UniPCMultistepSchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Check();
        Config = config;
        _trainSigmas = NoiseSchedule.Sigmas(config);
        _run = new UniPCRun([.. Enumerable.Range(0, config.NumTrainTimesteps).Reverse().Select(t => (long)t)], _trainSigmas);
        _solver = new UniPCSolver(config.UseFlowSigmas, config.PredictX0, bh1: config.SolverType == "bh1");
        _history = new MultistepHistory(config.SolverOrder);
        _position = new RunPosition(Doubles(_run.Timesteps));
    }

    /// <summary>The settings.</summary>
    public UniPCMultistepSchedulerConfig Config { get; }

    int IScheduler.NumTrainTimesteps => Config.NumTrainTimesteps;

    PretrainedConfig IScheduler.Config => Config;

    /// <summary>What to multiply the first noise with.</summary>
    public double InitNoiseSigma => 1.0;

    /// <summary>The number of steps of a run, or <see langword="null"/> before <see cref="SetTimesteps"/>.</summary>
    public int? NumInferenceSteps { get; private set; }

    /// <summary>The timesteps of a run, descending; all of training's before <see cref="SetTimesteps"/>.</summary>
    public IReadOnlyList<long> Timesteps => _run.Timesteps;

    /// <summary>
    /// σ at each timestep of a run, and after its last step. Before <see cref="SetTimesteps"/> those of training, rising, as in
    /// diffusers.
    /// </summary>
    public IReadOnlyList<float> Sigmas => _run.Sigmas;

    /// <summary>The step to make next, or <see langword="null"/> before the first.</summary>
    public int? StepIndex => _position.Index;

    /// <summary>
    /// The step a run begins with; at <see langword="null"/>, its first timestep tells, the first of equal ones.
    /// <see cref="SetTimesteps"/> forgets it.
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
    public static UniPCMultistepScheduler FromFile(string path) =>
        new(JsonConfig.FromFile<UniPCMultistepSchedulerConfig>(path, nameof(UniPCMultistepScheduler)));

    /// <summary>As <see cref="FromFile"/>, from the text of one.</summary>
    /// <exception cref="InvalidDataException">A value is not one of this scheduler; the message names it.</exception>
    public static UniPCMultistepScheduler FromJson(string json) =>
        new(JsonConfig.Parse<UniPCMultistepSchedulerConfig>(json, nameof(UniPCMultistepScheduler), "scheduler config"));

    /// <summary>Chooses the timesteps of a run, begins it, and frees what the run before left.</summary>
    /// <param name="numInferenceSteps">How many; may be left out where <paramref name="sigmas"/> tell.</param>
    /// <param name="sigmas">σ of flow matching of every step, before any shift, instead of evenly spaced ones.</param>
    /// <param name="mu">How far to shift under dynamic shifting; else it does nothing.</param>
    /// <exception cref="ArgumentException">
    /// The lengths differ, μ is missing, there is nothing to count steps by, or σ are given to a scheduler that is not of flow
    /// matching.
    /// </exception>
    public void SetTimesteps(int? numInferenceSteps = null, IReadOnlyList<double>? sigmas = null, double? mu = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Config.UseDynamicShifting && mu is null)
            throw new ArgumentException("use_dynamic_shifting needs mu", nameof(mu));
        if (sigmas is not null && !Config.UseFlowSigmas)
            throw new ArgumentException("sigmas can be given only with use_flow_sigmas", nameof(sigmas));
        var steps = sigmas?.Count ?? numInferenceSteps
            ?? throw new ArgumentException("expected a number of steps or sigmas", nameof(numInferenceSteps));
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1, nameof(numInferenceSteps));
        SettingCheck.Steps(steps);
        if (numInferenceSteps is { } expected && expected != steps)
            throw new ArgumentException($"expected {expected} sigmas, found {steps}", nameof(sigmas));

        _run = UniPCRun.Choose(Config, _trainSigmas, steps, sigmas, mu);
        NumInferenceSteps = _run.Timesteps.Length;
        _history.Dispose();
        _position.Start(Doubles(_run.Timesteps));
    }

    /// <inheritdoc/>
    public SchedulerRun BeginRun(ScheduleRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Timesteps is not null)
            throw new ArgumentException($"{nameof(UniPCMultistepScheduler)} takes no {nameof(request.Timesteps)}", nameof(request));
        SetTimesteps(request.NumInferenceSteps, request.Sigmas, request.Mu);
        return new(
            Doubles(_run.Timesteps),
            (index, modelOutput, sample, _, noise) =>
            {
                StepInput.NoNoise(noise, nameof(UniPCMultistepScheduler));
                return Step(modelOutput, _run.Timesteps[index], sample);
            },
            _history.Dispose);
    }

    /// <summary>Goes one step. Steps have to be made in order.</summary>
    /// <param name="modelOutput">What the model gave for <paramref name="sample"/>, guidance included, in its shape.</param>
    /// <param name="timestep">The timestep of <paramref name="sample"/>, out of <see cref="Timesteps"/>.</param>
    /// <param name="sample">The noisy sample, any shape.</param>
    /// <returns>
    /// The sample at the next timestep, of the shape and type of <paramref name="sample"/>. It is the caller's; so stay the
    /// arguments, which may be freed but not changed in place until the run ends.
    /// </returns>
    /// <exception cref="InvalidOperationException"><see cref="SetTimesteps"/> was not called, or every step is made.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timestep"/> is not that of the next step.</exception>
    /// <exception cref="ArgumentException">The two tensors differ in shape, or the sample from that of the step before.</exception>
    public Tensor Step(Tensor modelOutput, long timestep, Tensor sample)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        StepInput.SameShape(sample, modelOutput, nameof(modelOutput));
        if (_history.Sample is { } before)
            StepInput.SameShape(before, sample, nameof(sample));
        var index = _position.Enter(timestep);

        using var scope = NewDisposeScope();
        var output = Convert(modelOutput, sample, _run.Sigmas[index]);
        if (_history.Sample is { } last && !Config.DisableCorrector.Contains(index - 1))
            sample = _solver.Step(last, _run.Sigmas, index - 1, [.. _history.Outputs.Take(_history.Order)], output).to(sample.dtype);

        Tensor[] outputs = [output, .. _history.Outputs];
        var order = Math.Min(Config.SolverOrder, outputs.Length);
        if (Config.LowerOrderFinal)
            order = Math.Min(order, _run.Timesteps.Length - index);
        var next = _solver.Step(sample, _run.Sigmas, index, outputs.AsSpan(0, order), next: null).to(sample.dtype);

        _history.Add(output, sample, order);
        _position.Leave(index);
        return next.MoveToOuterDisposeScope();
    }

    /// <summary>The samples as they would be at some timesteps: the shares of signal and noise at their σ.</summary>
    /// <param name="originalSamples">[batch, …]</param>
    /// <param name="noise">Of the same shape.</param>
    /// <param name="timesteps">One for each sample of the batch, or one for all; out of <see cref="Timesteps"/>.</param>
    /// <returns>A new tensor of the same shape and type, the caller's.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A timestep is not one of the scheduler's.</exception>
    /// <exception cref="ArgumentException">Shapes differ, or there are neither one nor as many timesteps as samples.</exception>
    public Tensor AddNoise(Tensor originalSamples, Tensor noise, IReadOnlyList<long> timesteps)
    {
        StepInput.SameShape(originalSamples, noise, nameof(noise));
        using var scope = NewDisposeScope();
        var shares = _position.IndicesOf(Doubles(timesteps)).Select(index => _solver.SharesAt(_run.Sigmas[index])).ToList();
        var ofSignal = StepInput.PerSample([.. shares.Select(share => (double)share.Signal)], originalSamples);
        var ofNoise = StepInput.PerSample([.. shares.Select(share => (double)share.Noise)], originalSamples);
        return (ofSignal * originalSamples).Plus(ofNoise * noise).MoveToOuterDisposeScope();
    }

    /// <summary>Frees what the run keeps.</summary>
    public void Dispose()
    {
        _disposed = true;
        _history.Dispose();
    }

    /// <summary>The model's output as the original or the noise it stands for.</summary>
    private Tensor Convert(Tensor modelOutput, Tensor sample, float sigma)
    {
        var (signal, noise) = _solver.SharesAt(sigma);
        if (!Config.PredictX0)
        {
            return Config.PredictionType switch
            {
                "epsilon" => modelOutput,
                "sample" => (sample - modelOutput.Times(signal)).Over(noise),
                _ => modelOutput.Times(signal).Plus(sample.Times(noise)),
            };
        }

        var original = Config.PredictionType switch
        {
            "epsilon" => (sample - modelOutput.Times(noise)).Over(signal),
            "sample" => modelOutput,
            "v_prediction" => sample.Times(signal) - modelOutput.Times(noise),
            _ => sample - modelOutput.Times(sigma),
        };
        return Config.Thresholding
            ? DynamicThreshold.Apply(original, Config.DynamicThresholdingRatio, Config.SampleMaxValue)
            : original;
    }

    private static double[] Doubles(IReadOnlyList<long> timesteps) => [.. timesteps.Select(timestep => (double)timestep)];
}
