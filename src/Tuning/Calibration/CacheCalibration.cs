using System.Text.Json;
using System.Text.Json.Serialization;
using Afterimage.Models;

namespace Afterimage.Tuning;

/// <summary>
/// What was measured of a pipeline, and what a <see cref="PlanSearch"/> needs to know: how the values of every kind of site change from step to step, how errors in them grow to
/// the film, and what each kind of step costs. It is of one model, one number of steps, one scheduler and one size.
/// </summary>
public sealed record CacheCalibration
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(allowIntegerValues: false) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    // With the regions that they are of: another calibration may begin as a copy of this one.
    private Fits? _fits;

    /// <summary>What it is of.</summary>
    public required PlanSubject Subject { get; init; }

    /// <summary>How guidance reaches the model.</summary>
    public required GuidanceLayout Layout { get; init; }

    /// <summary>The scale of guidance.</summary>
    public required double GuidanceScale { get; init; }

    /// <summary>The timesteps of a run.</summary>
    public required IReadOnlyList<double> Timesteps { get; init; }

    /// <summary>How many prompts were run, each with a seed of its own.</summary>
    public required int Prompts { get; init; }

    /// <summary>What was measured of each kind of site.</summary>
    public required IReadOnlyList<CalibratedRegion> Regions { get; init; }

    /// <summary>What steps cost.</summary>
    public required StepCosts Costs { get; init; }

    /// <summary>
    /// TeaCache's polynomial, of the change of what the model marks as its indicator to that of its output; <see langword="null"/> where the model has no indicator.
    /// </summary>
    public PolynomialFit? Indicator { get; init; }

    /// <summary>MagCache's ratios: means over prompts, one per step, for <see cref="MagCacheConfig.MagRatios"/>. Empty where the model marks no stack.</summary>
    [JsonIgnore]
    public IReadOnlyList<double> MagRatios => Region(new(SiteKind.BlockStack)) is { } stack ? Mean(stack.Prompts.Select(prompt => prompt.Ratios)) : [];

    /// <summary>The region of a name, if it was measured.</summary>
    public CalibratedRegion? Region(RegionName name) => Regions.FirstOrDefault(region => region.Name == name);

    /// <summary>Runs the pipeline on prompts and measures.</summary>
    /// <param name="pipeline">Has no cache enabled. It is as it was when this returns or throws.</param>
    /// <param name="prompts">What to generate: some that are like those of its later use, and not those that results will be judged by.</param>
    /// <param name="options">How: the size, steps and guidance that plans are to be for. The seed is that of the first prompt, and each other has the next.</param>
    /// <param name="work">What an earlier call had finished, and where this one keeps what it finishes; <see langword="null"/> to keep nothing.</param>
    /// <param name="progress">Told of every film and step.</param>
    /// <param name="cancellationToken">Looked at before every step.</param>
    /// <exception cref="ArgumentException">There are no prompts, the options say no seed, or a cache is enabled.</exception>
    /// <exception cref="NotSupportedException">The pipeline has several transformers, or one whose blocks are no stack.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. What was finished is in <paramref name="work"/>.</exception>
    public static CacheCalibration Measure(
        DiffusionPipeline pipeline, IReadOnlyList<string> prompts, GenerationOptions options, CalibrationWork? work = null, IProgress<TuningProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        new CalibrationRun(pipeline, prompts, options, work ?? new CalibrationWork(), new FilmMaker(pipeline, progress, cancellationToken)).Measure();

    /// <summary>How many films a calibration makes.</summary>
    /// <inheritdoc cref="Measure" path="/param"/>
    /// <inheritdoc cref="Measure" path="/exception"/>
    public static int FilmsOf(DiffusionPipeline pipeline, IReadOnlyList<string> prompts, GenerationOptions options) =>
        new CalibrationRun(pipeline, prompts, options, new CalibrationWork(), new FilmMaker(pipeline, null, CancellationToken.None)).Films;

    /// <summary>Writes it as JSON, whole or not at all.</summary>
    /// <inheritdoc cref="WholeFile.CheckTarget" path="/exception"/>
    public void Save(string path) => WholeFile.WriteText(path, JsonSerializer.Serialize(this, s_json));

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is a folder, a pipe or a device, holds nothing or more than 256 MiB, or is no text.</exception>
    /// <exception cref="JsonException">It holds no calibration; the message names the file.</exception>
    public static CacheCalibration Load(string path) => RegularFile.ReadJson(path, Parse);

    /// <summary>The inner products of a region over all prompts, which weights are fitted to; <see langword="null"/> where it was not measured.</summary>
    internal StepProducts? Fit(RegionName name)
    {
        var fits = _fits;
        if (fits?.Regions != Regions)
            _fits = fits = new Fits(Regions, Regions.ToDictionary(region => region.Name, region => StepProducts.Mean([.. region.Prompts.Select(prompt => prompt.Products)])));
        return fits!.Products.GetValueOrDefault(name);
    }

    /// <summary>Whether it is known how errors of a kind grow.</summary>
    internal bool IsSearched(SiteKind kind) => Regions.Any(region => region.Name.Kind == kind && region.Sensitivity.Any(sensitivity => sensitivity > 0));

    internal static CacheCalibration Parse(string json)
    {
        var read = JsonSerializer.Deserialize<CacheCalibration>(json, s_json) ?? throw new JsonException("The calibration is null.");
        var steps = read.Timesteps.Count;
        foreach (var region in read.Regions)
        {
            if (region.Prompts.Count != read.Prompts || region.Sensitivity.Count != steps || region.Prompts.Any(prompt =>
                prompt.Changes.Count != steps || prompt.Ratios.Count != steps || prompt.Products.Steps != steps || prompt.Products.LowerHalf.Count != steps * (steps + 1) / 2))
                throw new JsonException($"The calibration has {read.Prompts} prompts and {steps} steps, and its region {region.Name} others.");
        }
        return read;
    }

    private static double[] Mean(IEnumerable<IReadOnlyList<double>> prompts)
    {
        var all = prompts.ToArray();
        return [.. Enumerable.Range(0, all[0].Count).Select(step => all.Average(prompt => prompt[step]))];
    }

    private sealed record Fits(IReadOnlyList<CalibratedRegion> Regions, IReadOnlyDictionary<RegionName, StepProducts> Products);
}
