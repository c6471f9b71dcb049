using Afterimage.Models;
using Afterimage.Models.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Tuning.Tests;

/// <summary>Calibrating and searching with a pipeline of tiny parts.</summary>
[TestClass]
public class TuningTests
{
    private static readonly string[] s_prompts = ["an otter", "a red circle moving left"], s_others = ["a blue square", "two green triangles", "a lake"];
    private static readonly CogVideoXGenerationOptions s_options = new() { NumInferenceSteps = 10, NumFrames = 9, Seed = 0 };
    private static TinyPipelineFolder s_folder = null!;
    private static CogVideoXPipeline s_pipeline = null!;
    private static CacheCalibration s_calibration = null!;

    [ClassInitialize]
    public static void Calibrate(TestContext context)
    {
        s_folder = new TinyPipelineFolder();
        s_pipeline = CogVideoXPipeline.FromPretrained(s_folder.Path);
        s_calibration = CacheCalibration.Measure(s_pipeline, s_prompts, s_options);
    }

    [ClassCleanup]
    public static void CleanUp()
    {
        s_pipeline.Dispose();
        s_folder.Dispose();
    }

    [TestMethod]
    public void Measure_KnowsEveryRegion()
    {
        Assert.AreEqual(10, s_calibration.Timesteps.Count);
        Assert.AreEqual((GuidanceLayout.Batched, 2), (s_calibration.Layout, s_calibration.Prompts));
        foreach (var kind in (SiteKind[])[SiteKind.BlockStack, SiteKind.SpatialAttention, SiteKind.Guidance])
        {
            Assert.IsTrue(s_calibration.IsSearched(kind), $"{kind}");
            Assert.IsTrue(s_calibration.Region(new RegionName(kind))!.Sensitivity.All(sensitivity => sensitivity > 0 && double.IsFinite(sensitivity)), $"{kind}");
        }
        Assert.AreSequenceEqual(
            ["BlockStack", "BlockStack+Guidance", "Guidance", "OutputProjection", "OutputProjection+Guidance", "SpatialAttention", "SpatialAttention+Guidance", "none"],
            s_calibration.Costs.Steps.Keys.Order(StringComparer.Ordinal));
        Assert.AreEqual(1.0, s_calibration.MagRatios[0]);
        Assert.HasCount(10, s_calibration.MagRatios);
    }

    /// <summary>MagCache's own calibration measures the same ratios.</summary>
    [TestMethod]
    public void MagRatios_AreThoseThatMagCacheMeasures()
    {
        var measured = new List<IReadOnlyList<double>>();
        for (var prompt = 0; prompt < 2; prompt++)
        {
            s_pipeline.Transformer.EnableCache(new MagCacheConfig { Calibrate = true, NumInferenceSteps = 10 });
            IReadOnlyList<double> ratios = [];
            s_pipeline.Generate(s_prompts[prompt], s_options with
            {
                Seed = prompt,
                OnStepEnd = (_, _, _) => ratios = [.. s_pipeline.Transformer.CurrentRun!.MagRatios.Values.FirstOrDefault() ?? []],
            }).Dispose();
            s_pipeline.Transformer.DisableCache();
            measured.Add(ratios);
        }
        for (var step = 0; step < 10; step++)
            Assert.AreEqual(measured.Average(ratios => ratios[step]), s_calibration.MagRatios[step], 1e-4);
    }

    [TestMethod]
    public void Save_AndLoad_GivesTheSame()
    {
        var path = Path.Combine(s_folder.Path, "own.calibration.json");
        s_calibration.Save(path);
        var read = CacheCalibration.Load(path);
        Assert.AreEqual(s_calibration.Subject, read.Subject);
        Assert.AreSequenceEqual(s_calibration.Timesteps, read.Timesteps);
        Assert.AreEqual(
            new ErrorModel(s_calibration).MeanPsnr(PlanDraft.Of(10, SiteKind.BlockStack, [0, 1, 3, 6, 9])),
            new ErrorModel(read).MeanPsnr(PlanDraft.Of(10, SiteKind.BlockStack, [0, 1, 3, 6, 9])), 1e-9);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"prompts\":2,\"regions\"", "\"prompts\":3,\"regions\"", StringComparison.Ordinal));
        Assert.Contains("own.calibration.json", Assert.Throws<Exception>(() => CacheCalibration.Load(path)).Message);
    }

    /// <summary>A run that is looked at gives the film of one without a cache, bit for bit.</summary>
    [TestMethod]
    public void Observed_TheFilmIsTheUncachedOne()
    {
        using var uncached = s_pipeline.Generate("an otter", s_options);
        var plan = Observation.Of(CacheSite.OfRun(s_pipeline.Transformer.CacheSites, GuidanceLayout.Batched), s_calibration.Timesteps, GuidanceLayout.Batched);
        using var samples = new RunSamples(plan);
        using var film = new FilmMaker(s_pipeline, null, CancellationToken.None).Make("", "an otter", s_options, new CachePlanConfig { Plan = plan, Observer = samples.Observe }, samples.EndStep);
        Assert.IsTrue(uncached.equal(film.Frames).all().item<bool>());
        Assert.HasCount(10, film.StepSeconds);
        Assert.IsGreaterThan(0, film.HistoryBytes);
    }

    [TestMethod]
    public void Run_FindsPlans_ThatPipelinesRun_AndRefusesThemElsewhere()
    {
        var settings = new PlanSearchSettings { Compared = new Dictionary<string, CacheConfig> { ["mask"] = Mask() } };
        var front = PlanSearch.Run(s_pipeline, s_calibration, new PlanGoal { HistoryBytes = 1 << 30 }, s_others, s_options, settings);
        Assert.IsNotEmpty(front.Plans);
        Assert.IsFalse(s_pipeline.Transformer.IsCacheEnabled);
        Assert.AreEqual("mask", front.Compared.Single().Name);
        Assert.HasCount(3, front.Compared[0].Films);
        var tuned = front.Plans[^1];
        Assert.HasCount(3, tuned.Films);
        Assert.IsTrue(tuned.Films.All(film => film is { Psnr: > 0, Ssim: <= 1, Speedup: > 0 }));

        var path = Path.Combine(s_folder.Path, "own.plan.json");
        tuned.Plan.Save(path);
        var config = new CachePlanConfig { Plan = CachePlan.Load(path) };
        Assert.AreEqual(tuned.Plan, config.Plan);
        // The films are those that were measured.
        Assert.AreEqual(tuned.Films[0].Psnr, Psnr(config, s_others[0], s_options), 1e-6);

        Assert.Contains("steps", Assert.ThrowsExactly<ArgumentException>(() => Psnr(config, "an otter", s_options with { NumInferenceSteps = 8 })).Message);
        Assert.Contains("width", Assert.ThrowsExactly<ArgumentException>(() => Psnr(config, "an otter", s_options with { Height = 64, Width = 64 })).Message);
        Assert.Contains("GuidanceLayout", Assert.ThrowsExactly<ArgumentException>(() => Psnr(config, "an otter", s_options with { GuidanceScale = 1 })).Message);
        using var changed = CogVideoXPipeline.FromPretrained(s_folder.Path);
        using (no_grad())
            changed.Transformer.parameters().Last().Times_(1.5);
        Assert.Contains("weights", Assert.ThrowsExactly<ArgumentException>(() => changed.Transformer.EnableCache(config)).Message);

        // Where it is asked for, it is carried over, and says so.
        var carried = config with { CarriesOver = true };
        Assert.IsTrue(double.IsFinite(Psnr(carried, "an otter", s_options with { NumInferenceSteps = 7 })));
        Assert.Contains("carried over", carried.Plan.CarriedTo([900, 500, 100]).Notes[^1]);
    }

    [TestMethod]
    public void Measure_WhenCancelled_KeepsWhatIsDone_AndGoesOn()
    {
        var path = Path.Combine(s_folder.Path, "work.json");
        using var cancelled = new CancellationTokenSource();
        var before = LiveTensors.CountAtStart();
        Assert.Throws<OperationCanceledException>(() => CacheCalibration.Measure(
            s_pipeline, s_prompts, s_options, CalibrationWork.Open(path), new Reporter(progress => CancelAt(5, progress, cancelled)), cancelled.Token));
        Assert.AreEqual(before, Tensor.TotalCount);
        Assert.IsFalse(s_pipeline.Transformer.IsCacheEnabled);
        var work = CalibrationWork.Open(path);
        // All but the film that others are held against.
        Assert.AreEqual(4, work.Count);
        Assert.Throws<InvalidDataException>(() => CacheCalibration.Measure(s_pipeline, s_prompts, s_options with { Seed = 9 }, CalibrationWork.Open(path)));

        var films = 0;
        var measured = CacheCalibration.Measure(s_pipeline, s_prompts, s_options, work, new Reporter(progress => films = Math.Max(films, progress.Film + 1)));
        Assert.AreEqual(before, Tensor.TotalCount);
        Assert.AreEqual(films, CacheCalibration.FilmsOf(s_pipeline, s_prompts, s_options));
        for (var step = 0; step < 10; step++)
            Assert.AreEqual(s_calibration.Region(new(SiteKind.BlockStack))!.Sensitivity[step], measured.Region(new(SiteKind.BlockStack))!.Sensitivity[step], 1e-9);
        work.Delete();
        Assert.IsFalse(File.Exists(path));
    }

    [TestMethod]
    public void Run_WhenCancelled_KeepsWhatIsDone_AndGoesOn()
    {
        var path = Path.Combine(s_folder.Path, "tune.work");
        using var cancelled = new CancellationTokenSource();
        var before = LiveTensors.CountAtStart();
        Assert.Throws<OperationCanceledException>(() => PlanSearch.Run(
            s_pipeline, s_calibration, new PlanGoal { Psnr = 20 }, s_others, s_options, new PlanSearchSettings { Work = TuningWork.Open(path) },
            new Reporter(progress => CancelAt(3, progress, cancelled)), cancelled.Token));
        Assert.AreEqual(before, Tensor.TotalCount);
        var work = TuningWork.Open(path);
        Assert.IsGreaterThan(0, work.Count);
        var front = PlanSearch.Run(s_pipeline, s_calibration, new PlanGoal { Psnr = 20 }, s_others, s_options, new PlanSearchSettings { Work = work });
        Assert.IsNotEmpty(front.Plans);
        Assert.AreEqual(before, Tensor.TotalCount);
        Assert.Throws<InvalidDataException>(() => PlanSearch.Run(s_pipeline, s_calibration, new PlanGoal(), ["another"], s_options, new PlanSearchSettings { Work = TuningWork.Open(path) }));
    }

    [TestMethod]
    public void WrongArguments_AreRefusedBeforeAFilmIsMade()
    {
        Assert.ThrowsExactly<ArgumentException>(() => CacheCalibration.Measure(s_pipeline, [], s_options));
        Assert.ThrowsExactly<ArgumentException>(() => CacheCalibration.Measure(s_pipeline, s_prompts, s_options with { Seed = null }));
        Assert.ThrowsExactly<ArgumentException>(() => CacheCalibration.Measure(s_pipeline, s_prompts, s_options with { NumInferenceSteps = 3 }));
        Assert.ThrowsExactly<ArgumentException>(() => PlanSearch.Run(s_pipeline, s_calibration, new PlanGoal(), [], s_options));
        Assert.ThrowsExactly<ArgumentException>(() => PlanSearch.Run(s_pipeline, s_calibration, new PlanGoal(), s_others, s_options with { NumInferenceSteps = 12 }));
        Assert.ThrowsExactly<ArgumentException>(() => PlanSearch.Run(s_pipeline, s_calibration, new PlanGoal(), s_others, s_options with { GuidanceScale = 3 }));
        Assert.ThrowsExactly<ArgumentException>(() => PlanSearch.Run(s_pipeline, s_calibration with { Subject = new PlanSubject("0") }, new PlanGoal(), s_others, s_options));
        Assert.ThrowsExactly<ArgumentException>(() => new PlanGoal { Speedup = 2, Psnr = 30 }.Validate());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PlanGoal { Speedup = 1 }.Validate());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PlanGoal { HistoryBytes = 0 }.Validate());
        s_pipeline.Transformer.EnableCache(Mask());
        Assert.ThrowsExactly<ArgumentException>(() => CacheCalibration.Measure(s_pipeline, s_prompts, s_options));
        s_pipeline.Transformer.DisableCache();
    }

    private static void CancelAt(int film, TuningProgress progress, CancellationTokenSource source)
    {
        if (progress.Film == film && progress.Step == 3)
            source.Cancel();
    }

    private static StepMaskConfig Mask() => new() { Mask = StepMaskConfig.MaskOf(10, 0, 1, 3, 5, 7, 9) };

    private static double Psnr(CacheConfig config, string prompt, CogVideoXGenerationOptions options)
    {
        using var uncached = s_pipeline.Generate(prompt, options);
        try
        {
            s_pipeline.Transformer.EnableCache(config);
            using var cached = s_pipeline.Generate(prompt, options);
            return Video.VideoQuality.Psnr(cached, uncached);
        }
        finally
        {
            s_pipeline.Transformer.DisableCache();
        }
    }

    private sealed class Reporter(Action<TuningProgress> report) : IProgress<TuningProgress>
    {
        public void Report(TuningProgress value) => report(value);
    }
}
