using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Forced collections change no bit and raise no exception: every number and tensor that libtorch reads is held meanwhile.</summary>
[TestClass]
public sealed class CollectionTests
{
    private static readonly double[] s_timesteps = [.. Enumerable.Range(0, 12).Select(i => 950.0 - 80 * i)];

    [TestMethod]
    [DataRow("ddim", "none")]
    [DataRow("ddim", "PAB")]
    [DataRow("ddim", "FasterCache")]
    [DataRow("dpm", "PAB")]
    [DataRow("dpm", "FasterCache")]
    public void Generate_WhileCollectionsAreForced_GivesTheSameFrames(string scheduler, string cache)
    {
        using var folder = scheduler == "dpm" ? new TinyPipelineFolder(trace: PipelineCases.DpmTrace) : new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var options = PipelineCases.Options with { NumInferenceSteps = 20, GuidanceScale = 3 };
        using var expected = pipeline.Cached(cache, options);

        using var collections = new Collections();
        for (var i = 0; i < 3; i++)
        {
            using var frames = pipeline.Cached(cache, options);
            TensorAssert.Same(expected, frames, $"film {i}");
        }
    }

    [TestMethod]
    public void FromPretrained_WhileCollectionsAreForced_LoadsTheSameWeights()
    {
        using var folder = new TinyPipelineFolder();
        using var expected = CogVideoXPipeline.FromPretrained(folder.Path);
        using var collections = new Collections();
        using var again = CogVideoXPipeline.FromPretrained(folder.Path);
        foreach (var (one, other) in expected.Transformer.parameters().Zip(again.Transformer.parameters()))
            TensorAssert.Same(one, other);
    }

    [TestMethod]
    [DataRow("latte")]
    [DataRow("wan")]
    [DataRow("flux")]
    [DataRow("hunyuan of an image")]
    [DataRow("allegro")]
    public void Forward_WhileCollectionsAreForced_IsTheSameWithACacheAndWithout(string name)
    {
        using var noGradient = no_grad();
        using var model = TinyTransformers.Create(name);
        var (uncached, cached) = (Uncached(model), Cached(model));
        using var collections = new Collections();
        for (var i = 0; i < 3; i++)
        {
            AssertSame(uncached, Uncached(model));
            AssertSame(cached, Cached(model));
        }
    }

    [TestMethod]
    [DataRow("ddim")]
    [DataRow("cogvideox ddim")]
    [DataRow("cogvideox dpm")]
    [DataRow("flow match")]
    [DataRow("unipc")]
    public void Steps_WhileCollectionsAreForced_AreTheSame(string name)
    {
        using var expected = Steps(name);
        using var collections = new Collections();
        for (var i = 0; i < 20; i++)
        {
            using var sample = Steps(name);
            TensorAssert.Same(expected, sample, $"run {i}");
        }
    }

    /// <summary>A scheduler from its making to its last step, with an output that depends on the sample.</summary>
    private static Tensor Steps(string name)
    {
        const int Count = 8;
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var sample = randn([1, 4, 6, 6], generator: generator);
        var original = default(Tensor);
        Func<int, Tensor> step;
        switch (name)
        {
            case "ddim":
                var ddim = new DDIMScheduler(new DDIMSchedulerConfig());
                ddim.SetTimesteps(Count);
                step = i => ddim.Step(sample.Times(0.5), ddim.Timesteps[i], sample).PrevSample;
                break;
            case "cogvideox ddim":
                var cogVideoX = new CogVideoXDDIMScheduler(new CogVideoXSchedulerConfig());
                cogVideoX.SetTimesteps(Count);
                step = i => cogVideoX.Step(sample.Times(0.5), cogVideoX.Timesteps[i], sample).PrevSample;
                break;
            case "cogvideox dpm":
                var dpm = new CogVideoXDPMScheduler(new CogVideoXSchedulerConfig());
                dpm.SetTimesteps(Count);
                step = i =>
                {
                    (var next, original) = dpm.Step(
                        sample.Times(0.5), original, dpm.Timesteps[i], i > 0 ? dpm.Timesteps[i - 1] : null, sample, generator);
                    return next;
                };
                break;
            case "flow match":
                var flow = new FlowMatchEulerDiscreteScheduler(new FlowMatchEulerDiscreteSchedulerConfig());
                flow.SetTimesteps(Count);
                step = i => flow.Step(sample.Times(0.5), flow.Timesteps[i], sample);
                break;
            default:
                var unipc = new UniPCMultistepScheduler(new UniPCMultistepSchedulerConfig());
                unipc.SetTimesteps(Count);
                step = i => unipc.Step(sample.Times(0.5), unipc.Timesteps[i], sample);
                break;
        }
        for (var i = 0; i < Count; i++)
            sample = step(i);
        return sample.MoveToOuterDisposeScope();
    }

    private static List<Tensor> Uncached(TinyTransformer model) => [.. s_timesteps.Select(_ => model.Forward())];

    private static List<Tensor> Cached(TinyTransformer model)
    {
        model.Cache.EnableCache(new PyramidAttentionBroadcastConfig
        {
            SpatialAttentionBlockSkipRange = 2,
            SpatialAttentionTimestepSkipRange = (0, 1000),
            FeedForwardBlockSkipRange = 3,
            FeedForwardTimestepSkipRange = (0, 1000),
        });
        using (model.Cache.BeginRun(s_timesteps, GuidanceLayout.None))
        {
            List<Tensor> outputs = [.. s_timesteps.Select(_ => model.Forward())];
            model.Cache.DisableCache();
            return outputs;
        }
    }

    private static void AssertSame(List<Tensor> expected, List<Tensor> actual)
    {
        for (var i = 0; i < expected.Count; i++)
        {
            TensorAssert.Same(expected[i], actual[i], $"call {i}");
            actual[i].Dispose();
        }
    }
}
