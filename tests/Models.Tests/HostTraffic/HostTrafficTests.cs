using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>
/// What steps copy between host and device, and what they make the host wait for. META is a device that copies can be seen to go to; it has nothing
/// to read and no Fourier transform, and what is read is counted on the CPU as well.
/// </summary>
[TestClass]
public sealed class HostTrafficTests
{
    private static readonly double[] s_timesteps = [900, 800, 700, 600, 500, 400];

    private static readonly PyramidAttentionBroadcastConfig s_broadcast = new()
    {
        SpatialAttentionBlockSkipRange = 2,
        TemporalAttentionBlockSkipRange = 2,
        CrossAttentionBlockSkipRange = 2,
    };

    // Every forward of the last three is decided by a number of the device, which it waits for.
    private static readonly (CacheConfig Config, string[] Decision)[] s_caches =
    [
        (s_broadcast, []),
        (new TaylorSeerCacheConfig { CacheInterval = 2, DisableCacheBeforeStep = 1 }, []),
        (new FirstBlockCacheConfig { Threshold = 10 }, ["wait Distance"]),
        (new TeaCacheConfig { Threshold = 100, Coefficients = [1, 0] }, ["wait IsBelow"]),
        (new EasyCacheConfig { Threshold = 0.5 }, ["wait Decide"]),
    ];

    private static IEnumerable<object[]> Pipelines =>
        from pipeline in PipelineGenerationTests.Pipelines
        from device in (string[])["meta", "cpu"]
        select (object[])[pipeline[0], device];

    private static IEnumerable<object[]> Transformers =>
        from folder in Directory.EnumerateDirectories(Recording.PathOf()).Order(StringComparer.Ordinal)
        let config = Path.Combine(folder, "model", "config.json")
        where File.Exists(config) && File.ReadAllText(config).Contains("Transformer", StringComparison.Ordinal)
        select (object[])[Path.GetFileName(folder)];

    /// <summary>With how often a step draws noise that it adds.</summary>
    private static IEnumerable<object[]> Schedulers =>
    [
        .. SchedulerClasses.Names.Select(name => (object[])[name, "{}", name is nameof(CogVideoXDPMScheduler) or nameof(EulerAncestralDiscreteScheduler) ? 1 : 0]),
        [nameof(FlowMatchEulerDiscreteScheduler), """{"stochastic_sampling": true}""", 1],
    ];

    [TestMethod]
    [DynamicData(nameof(Pipelines))]
    public void Step_OfAPipeline_CopiesNothingAndWaitsForNothing(string name, string device)
    {
        using var scope = NewDisposeScope();
        using var folder = new RecordedPipelineFolder($"pipeline-{name}-tiny");
        using var pipeline = DiffusionPipeline.FromPretrained(folder.Path);
        var options = PipelineGenerationTests.Options($"pipeline-{name}-tiny", pipeline) with { NumInferenceSteps = 5, Seed = 3 };
        if (device == "meta")
        {
            pipeline.Offload(META, (model, target) =>
            {
                if (target.type == DeviceType.META && model is ICacheableModel)
                    model.to(META);
            });
        }
        string[] caches = ["none", "PAB", .. device == "cpu" ? (string[])[.. name is "cogvideox" or "latte" ? (string[])["FasterCache"] : [], "stack"] : []];
        foreach (var cache in caches)
            Check(cache);
        if (name == "cogvideox")
        {
            // Noise with a seed is drawn on the CPU, once for each step.
            pipeline.Scheduler = CogVideoXDPMScheduler.FromJson("{}");
            Check("PAB", ("queued Draw", 1));
        }

        void Check(string cache, params (string, int)[] expected)
        {
            pipeline.CacheableModels.ToList().ForEach(model => model.DisableCache());
            if (PipelineGenerationTests.CacheOf(cache, name) is { } config)
                pipeline.CacheableModels.ToList().ForEach(model => model.EnableCache(config));
            using var traffic = new StepTraffic();
            pipeline.GenerateLatents(PipelineGenerationTests.Prompt, options, new Reporter<GenerationProgress>(report =>
            {
                if (report.Stage != GenerationStage.Denoising)
                    return;
                if (report.Step == 0)
                    traffic.Begin();
                else
                    traffic.EndStep();
            }));
            // Both calls of guidance decide for themselves.
            (string, int)[] decisions = cache == "stack" ? [("wait Distance", 2), ("wait IsBelow", 2)] : [];
            traffic.Check($"{name}, {cache}, {device}", pipeline.CacheableModels.Count, [.. expected, .. decisions]);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Transformers))]
    public void Forward_OnADevice_CopiesNothing(string folder)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedTransformer.Load(folder);
        model.Module.to(META);
        var example = ((IDiffusionTransformer)model.Cache).Example(ScalarType.Float32, META);
        foreach (var (config, _) in s_caches.Where(cache => cache.Decision.Length == 0))
        {
            model.Cache.EnableCache(config);
            using var traffic = new StepTraffic();
            using (var run = model.Cache.BeginRun(s_timesteps, GuidanceLayout.None))
                Forwards(traffic, timestep => example.Forward(example.Latents, timestep));
            traffic.Check($"{folder}, {config.GetType().Name}", 1);
            model.Cache.DisableCache();
        }
    }

    [TestMethod]
    [DynamicData(nameof(Transformers))]
    public void Forward_OfAFixedPrompt_WaitsForItsDecisionOnly(string folder)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var inputs = Recording.Tensors(folder, "inputs.safetensors");
        var scalars = Recording.Scalars(folder, "forward.json");
        using var model = RecordedTransformer.Load(folder);
        foreach (var (config, decision) in s_caches.Where(cache => Takes(cache.Config)))
        {
            model.Cache.EnableCache(config);
            using var traffic = new StepTraffic();
            using (var run = model.Cache.BeginRun(s_timesteps, GuidanceLayout.None))
            {
                run.PromptIsFixed = true;
                Forwards(traffic, _ => model.Forward(inputs, scalars));
            }
            traffic.Check($"{folder}, {config.GetType().Name}", 1, [.. decision.Select(name => (name, 1))]);
            model.Cache.DisableCache();
        }

        // These have one block, or none that can be left, and outputs of other channels than their inputs.
        bool Takes(CacheConfig config) =>
            config is not (FirstBlockCacheConfig or EasyCacheConfig) || folder is not ("latte-tiny" or "wan-flf-tiny" or "wan-i2v-tiny");
    }

    [TestMethod]
    [DynamicData(nameof(Schedulers))]
    public void Step_OfAScheduler_SendsItsNoiseOnly(string className, string config, int noise)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        using var run = SchedulerClasses.FromJson(className, config).BeginRun(ScheduleRequest.Of(4));
        Tensor sample = zeros([1, 2, 3, 4], ScalarType.Float32, META), output = zeros([1, 2, 3, 4], ScalarType.Float32, META);
        using var traffic = new StepTraffic();
        for (var i = 0; i < run.Timesteps.Count; i++)
        {
            sample = run.Step(i, run.ScaleModelInput(i, output), sample, generator);
            traffic.EndStep();
        }
        traffic.Check(className, 0, ("queued Draw", noise));
        Assert.AreEqual(noise * run.Timesteps.Count, traffic.Steps.Sum(step => step.Length));
    }

    private static void Forwards(StepTraffic traffic, Func<double, Tensor> forward)
    {
        traffic.Begin();
        foreach (var timestep in s_timesteps)
        {
            forward(timestep).Dispose();
            traffic.EndStep();
        }
    }
}
