using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class CogVideoXPipelineTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("ddim", "none")]
    [DataRow("ddim", "PAB")]
    [DataRow("ddim", "FasterCache")]
    [DataRow("dpm", "none")]
    [DataRow("dpm", "PAB")]
    [DataRow("dpm", "FasterCache")]
    public void Generate_FromASeed_GivesTheSameFramesAgainAndOthersFromAnother(string scheduler, string cache)
    {
        using var scope = NewDisposeScope();
        using var folder = scheduler == "dpm" ? new TinyPipelineFolder(trace: PipelineCases.DpmTrace) : new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        Assert.AreEqual(scheduler == "dpm" ? typeof(CogVideoXDPMScheduler) : typeof(CogVideoXDDIMScheduler), pipeline.Scheduler.GetType());

        var options = PipelineCases.Options with { NumInferenceSteps = 20, GuidanceScale = 3 };

        var frames = pipeline.Cached(cache, options);
        var again = pipeline.Cached(cache, options);
        var other = pipeline.Cached(cache, options with { Seed = 2 });
        var uncached = pipeline.Cached("none", options);

        Assert.AreSequenceEqual((long[])[1, 9, 3, 64, 96], frames.shape);
        Assert.AreEqual(ScalarType.Float32, frames.dtype);
        Assert.IsInRange(0f, 1f, frames.min().item<float>());
        Assert.IsInRange(0f, 1f, frames.max().item<float>());
        TensorAssert.Same(frames, again);
        var (moved, apart) = (Difference(frames, uncached), Difference(frames, other));
        TestContext.WriteLine($"{cache} moved by {moved:g3}; another seed is {apart:g3} apart");
        Assert.IsGreaterThan(0.1f, apart);
        if (cache == "none")
            Assert.AreEqual(0, moved);
        else
            Assert.IsInRange(1e-6f, apart / 2, moved, cache);
    }

    [TestMethod]
    public void Generate_WithACacheThatReusesNothing_GivesTheFramesOfNoCacheToTheBit()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var expected = pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options);

        pipeline.Transformer.EnableCache(
            new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2, SpatialAttentionTimestepSkipRange = (2000, 3000) });
        var frames = pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options);

        TensorAssert.Same(expected, frames);
    }

    [TestMethod]
    public void Generate_OfLatents_IsTheirDecoding()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);

        var frames = pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options);
        var latents = pipeline.GenerateLatents(PipelineCases.Prompt, PipelineCases.Options);

        Assert.AreSequenceEqual((long[])[1, 3, 4, 8, 12], latents.shape);
        var decoded = pipeline.Vae.Decode(latents.permute(0, 2, 1, 3, 4).Over(pipeline.Vae.Config.ScalingFactor)).permute(0, 2, 1, 3, 4);
        TensorAssert.Close(decoded.Over(2).Plus(0.5).Clamped(0, 1), frames, 1e-5);
    }

    [TestMethod]
    public void Generate_OfPaddedPatchesOverFrames_DropsTheFramesInFront()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder(config: TinyModels.Rotary with { PatchSizeT = 2, PatchBias = false });
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);

        var frames = pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options);
        var latents = pipeline.GenerateLatents(PipelineCases.Prompt, PipelineCases.Options);

        // 9 frames are 3 latent frames, and a fourth fills the second patch.
        Assert.AreSequenceEqual((long[])[1, 4, 4, 8, 12], latents.shape);
        Assert.AreSequenceEqual((long[])[1, 9, 3, 64, 96], frames.shape);
        var decoded = pipeline.Vae.Decode(latents[.., 1..].transpose(1, 2).Over(pipeline.Vae.Config.ScalingFactor)).transpose(1, 2);
        TensorAssert.Close(decoded.Over(2).Plus(0.5).Clamped(0, 1), frames, 1e-5);
    }

    [TestMethod]
    public void Generate_OfASize_HasIt()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder("cogvideox-5b-tiny");
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);

        var frames = pipeline.Generate(
            PipelineCases.Prompt, PipelineCases.Options with { Height = 32, Width = 48, NumFrames = 17, NumInferenceSteps = 2, NumVideosPerPrompt = 2 });

        Assert.AreSequenceEqual((long[])[2, 17, 3, 32, 48], frames.shape);
        Assert.IsGreaterThan(0.1, TensorAssert.MaxDifference(frames[0], frames[1]));
    }

    [TestMethod]
    public void Generate_InBFloat16_GivesFramesInFloat32()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder("cogvideox-5b-tiny", PipelineCases.DpmTrace);
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path, ScalarType.BFloat16).To(CPU);

        var frames = pipeline.Cached("FasterCache", PipelineCases.Options);
        var latents = pipeline.GenerateLatents("", PipelineCases.Options);

        Assert.AreEqual(ScalarType.Float32, frames.dtype);
        Assert.IsTrue(frames.isfinite().all().item<bool>());
        Assert.AreEqual(ScalarType.BFloat16, latents.dtype);
    }

    [TestMethod]
    public void Generate_WithPartsOfOtherTypes_ConvertsWhatGoesFromOneToTheNext()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var expected = pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options);

        pipeline.TextEncoder!.to(ScalarType.Float64);
        pipeline.Vae.to(ScalarType.Float64);
        var frames = pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options);

        TensorAssert.Close(expected, frames, 1e-3);
    }

    [TestMethod]
    [DataRow("none", false)]
    [DataRow("PAB", false)]
    [DataRow("FasterCache", false)]
    [DataRow("none", true)]
    public void Generate_OnCuda_GivesTheFramesOfTheCpuFromOneSeed(string cache, bool textEncoderStays)
    {
        if (!cuda.is_available())
            Assert.Inconclusive("needs a CUDA device");
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder("cogvideox-5b-tiny", PipelineCases.DpmTrace);
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var options = PipelineCases.Options with { GuidanceScale = 2 };
        var expected = pipeline.Cached(cache, options);

        pipeline.To(CUDA);
        if (textEncoderStays)
            pipeline.TextEncoder!.to(CPU);
        var frames = pipeline.Cached(cache, options);

        Assert.AreEqual(DeviceType.CPU, frames.device_type);
        TensorAssert.Close(expected, frames, 1e-2);
    }

    private static float Difference(Tensor one, Tensor other) => (one - other).abs().mean().item<float>();
}
