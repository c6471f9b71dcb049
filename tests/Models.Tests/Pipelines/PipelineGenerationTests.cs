using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>From a prompt to frames with every pipeline, of a folder as the Hub has it, of tiny parts.</summary>
[TestClass]
public sealed class PipelineGenerationTests
{
    internal const string Prompt = "A Cat on a red chair";

    /// <summary>The pipelines, and whether guidance reaches their model in one batch, as FasterCache's unconditional half needs it.</summary>
    private static IEnumerable<object[]> Cached =>
        from pipeline in (string[])["cogvideox", "cogvideox-i2v", "flux", "latte", "ltx", "wan", "wan-i2v", "wan-flf", "wan22-i2v", "wan22-ti2v", "wan22-t2v"]
        from cache in (string[])["none", "PAB", "FasterCache", "stack"]
        where cache != "FasterCache" || pipeline is "cogvideox" or "cogvideox-i2v" or "latte"
        select (object[])[pipeline, cache];

    internal static IEnumerable<object[]> Pipelines => Cached.Select(each => each[0]).Distinct().Select(name => (object[])[name]);

    [TestMethod]
    [DynamicData(nameof(Cached))]
    public void Generate_TwiceFromOneSeed_GivesEqualFrames(string name, string cache)
    {
        var recording = $"pipeline-{name}-tiny";
        using var scope = NewDisposeScope();
        using var folder = new RecordedPipelineFolder(recording);
        using var pipeline = DiffusionPipeline.FromPretrained(folder.Path);
        var options = Options(recording, pipeline);
        var uncached = pipeline.Generate(Prompt, options);
        var plans = new List<CachePlan?>();
        if (CacheOf(cache, name) is { } config)
            pipeline.CacheableModels.ToList().ForEach(model => model.EnableCache(config));
        var watched = options with { OnStepEnd = (_, _, _) => plans.Add(pipeline.CacheableModels[0].CurrentRun?.Recorded()) };

        var first = pipeline.Generate(Prompt, watched);
        var second = pipeline.Generate(Prompt, options);

        TensorAssert.Same(first, second, name);
        Assert.IsTrue(first.isfinite().all().item<bool>());
        Assert.AreEqual(3, first.size(-3));
        Assert.AreEqual(options.Height, (int)first.size(-2));
        Assert.AreEqual(options.Width, (int)first.size(-1));
        Assert.IsNull(pipeline.CurrentTimestep);
        Assert.IsNull(pipeline.CacheableModels[0].CurrentRun);
        if (cache == "none")
        {
            TensorAssert.Same(uncached, first, name);
        }
        else
        {
            Assert.IsGreaterThan(0, plans[^1]!.SkippedSiteForwards);
            Assert.IsFalse(first.equal(uncached).all().item<bool>());
        }
    }

    [TestMethod]
    [DynamicData(nameof(Pipelines))]
    public void Generate_InEveryWayThatItEnds_LeavesOnlyItsFramesAlive(string name)
    {
        var recording = $"pipeline-{name}-tiny";
        using var folder = new RecordedPipelineFolder(recording);
        using var pipeline = DiffusionPipeline.FromPretrained(folder.Path);
        var options = Options(recording, pipeline);
        // What is made once and kept, as positions, is made by the first one.
        pipeline.Generate(Prompt, options).Dispose();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        pipeline.Generate(Prompt, options).Dispose();
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => pipeline.Generate(
            Prompt, options with { OnStepEnd = (_, _, _) => cancellation.Cancel() }, null, cancellation.Token));
        Assert.ThrowsExactly<ArgumentException>(() => pipeline.Generate(null, options));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => pipeline.Generate(Prompt, options with { Height = 7 }));
        Assert.ThrowsExactly<InvalidOperationException>(() => pipeline.Generate(Prompt, options with { OnStepEnd = (_, _, _) => throw new InvalidOperationException("stop") }));

        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        pipeline.Generate(Prompt, options).Dispose();
    }

    [TestMethod]
    [DynamicData(nameof(Pipelines))]
    public void FromPretrained_WithoutATextEncoder_TakesEmbeddingsOnly(string name)
    {
        using var pipeline = DiffusionPipeline.FromPretrained(Recording.PathOf($"pipeline-{name}-tiny", "model"));
        Assert.Contains("no text encoder", Assert.ThrowsExactly<ArgumentException>(() => pipeline.Generate(Prompt, pipeline.DefaultOptions)).Message);
    }

    [TestMethod]
    public void Generate_OfPackedLatents_RefusesTheirFrequenciesAndReusesTheirGuidance()
    {
        const string Recording = "pipeline-ltx-tiny";
        using var scope = NewDisposeScope();
        using var folder = new RecordedPipelineFolder(Recording);
        using var pipeline = LTXPipeline.FromPretrained(folder.Path);
        var options = (LTXGenerationOptions)Options(Recording, pipeline);

        var faster = CacheOf("FasterCache", "ltx")!;
        Assert.Contains("IsGuidanceDistilled", Assert.ThrowsExactly<ArgumentException>(() => LTXPipeline.CheckOptions(folder.Path, Prompt, options, faster)).Message);
        pipeline.Transformer.EnableCache(faster);
        var told = new List<GenerationStage>();
        Assert.ThrowsExactly<ArgumentException>(() => pipeline.Generate(Prompt, options, new Reporter<GenerationProgress>(report => told.Add(report.Stage))));
        Assert.IsEmpty(told);
        Assert.IsNull(pipeline.Transformer.CurrentRun);

        pipeline.Transformer.DisableCache();
        pipeline.Transformer.EnableCache(new StepMaskConfig { Mask = StepMaskConfig.MaskOf(options.NumInferenceSteps, 0, 1), Kind = SiteKind.Guidance });
        Assert.IsTrue(pipeline.Generate(Prompt, options).isfinite().all().item<bool>());
    }

    [TestMethod]
    public void FromPretrained_OfAPipelineThatIsNotHere_NamesThoseThatAre()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["model_index.json"], """{"_class_name": "StableDiffusionPipeline"}""");
        var message = Assert.ThrowsExactly<NotSupportedException>(() => DiffusionPipeline.FromPretrained(folder.Path)).Message;
        Assert.Contains("StableDiffusionPipeline", message);
        Assert.Contains(nameof(WanPipeline), message);
    }

    [TestMethod]
    public void Generate_WithAnotherPipelinesOptions_SaysWhichItTakes()
    {
        using var pipeline = DiffusionPipeline.FromPretrained(Recording.PathOf("pipeline-wan-tiny", "model"));
        Assert.Contains(nameof(WanGenerationOptions), Assert.ThrowsExactly<ArgumentException>(() => pipeline.Generate(Prompt, new FluxGenerationOptions())).Message);
    }

    internal static GenerationOptions Options(string recording, DiffusionPipeline pipeline)
    {
        var options = RecordedPipelineFolder.Options(recording, pipeline.DefaultOptions);
        // Learned positions are for prompts of one length, and what is before 512 tokens is an image's.
        options = options is CogVideoXGenerationOptions or WanImageToVideoGenerationOptions ? options : options with { MaxSequenceLength = 9 };
        var inputs = Recording.Tensors(recording, "inputs.safetensors");
        return options switch
        {
            CogVideoXImageToVideoGenerationOptions own => own with { Image = inputs["image"] },
            WanImageToVideoGenerationOptions own => own with
            {
                Image = inputs["image"],
                LastImage = recording.Contains("flf", StringComparison.Ordinal) ? inputs["last_image"] : null,
            },
            _ => options,
        };
    }

    internal static CacheConfig? CacheOf(string cache, string pipeline) => cache switch
    {
        "none" => null,
        "PAB" => new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2, SpatialAttentionTimestepSkipRange = (-1, 1001) },
        "FasterCache" => new FasterCacheConfig
        {
            SpatialAttentionTimestepSkipRange = (-1, 1001),
            UnconditionalBatchTimestepSkipRange = (-1, 1001),
            UnconditionalBatchSkipRange = 2,
        },
        // Latte's blocks are called in pairs, which has no gate, and LTX's recording has one block, which would be it.
        "stack" => pipeline is "latte" or "ltx" ? new TeaCacheConfig { Threshold = 100, Coefficients = [1, 0] } : new FirstBlockCacheConfig { Threshold = 10 },
        _ => throw new ArgumentException(cache, nameof(cache)),
    };
}
