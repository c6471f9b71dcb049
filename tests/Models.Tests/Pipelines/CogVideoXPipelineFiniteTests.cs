using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>A generation stops at the first stage whose numbers are not finite, and leaves the pipeline as it was.</summary>
[TestClass]
public sealed class CogVideoXPipelineFiniteTests
{
    [TestMethod]
    [DataRow("none")]
    [DataRow("PAB")]
    [DataRow("FasterCache")]
    public void Generate_WhereFloat16Overflows_StopsAfterTheFirstStep(string cache)
    {
        using var folder = new TinyPipelineFolder();
        using (var pipeline = Load(ScalarType.Float16))
        {
            if (PipelineCases.Cache(cache) is { } config)
                pipeline.Transformer.EnableCache(config);
            var steps = 0;
            var options = PipelineCases.Options with { OnStepEnd = (_, _, _) => steps++ };
            // Position tables are made by the first forward, and kept.
            Assert.ThrowsExactly<NotFiniteNumberException>(() => pipeline.GenerateLatents(PipelineCases.Prompt, options));
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            var error = Assert.ThrowsExactly<NotFiniteNumberException>(() => pipeline.Generate(PipelineCases.Prompt, options));
            Assert.Contains("The latents after step 1 of 8 (timestep ", error.Message);
            Assert.Contains("float16, whose largest number is 65504", error.Message);
            Assert.Contains("bfloat16 or float32", error.Message);
            Assert.DoesNotContain("\n", error.Message);
            Assert.AreEqual(0, steps);
            Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            Assert.IsNull(pipeline.Transformer.CurrentRun);
        }

        // The same weights have room in bfloat16.
        using (var pipeline = Load(ScalarType.BFloat16))
        using (var frames = pipeline.Cached(cache, PipelineCases.Options))
            Assert.IsFalse(frames.isnan().any().item<bool>());

        CogVideoXPipeline Load(ScalarType dtype)
        {
            var pipeline = CogVideoXPipeline.FromPretrained(folder.Path, dtype);
            using var noGradient = no_grad();
            using var scale = tensor(3000f);
            foreach (var (name, weight) in pipeline.Transformer.named_parameters())
            {
                if (name.Contains(".ff.net") && name.EndsWith("weight", StringComparison.Ordinal))
                    weight.mul_(scale);
            }
            return pipeline;
        }
    }

    [TestMethod]
    [DataRow(ScalarType.Float16, "float16, whose largest number is 65504")]
    [DataRow(ScalarType.Float32, "Float32, has the range: look for NaN or infinity in weights")]
    public void Generate_WithATextEncoderOfInfiniteWeights_StopsBeforeTheFirstStep(ScalarType dtype, string cause)
    {
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path, dtype);
        Spoil(pipeline.TextEncoder!, float.PositiveInfinity);
        var error = Assert.ThrowsExactly<NotFiniteNumberException>(() => pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options));
        Assert.Contains("The text embeddings are not finite", error.Message);
        Assert.Contains(cause, error.Message);
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void Generate_WithAnAutoencoderOfSpoiltWeights_StopsAfterDecoding(float value)
    {
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        Spoil(pipeline.Vae, value);
        var error = Assert.ThrowsExactly<NotFiniteNumberException>(() => pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options));
        Assert.Contains("The decoded frames are not finite", error.Message);
        pipeline.GenerateLatents(PipelineCases.Prompt, PipelineCases.Options).Dispose();
    }

    [TestMethod]
    public void Generate_FromGivenTensorsThatAreNotFinite_SaysWhich()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var noise = pipeline.GenerateLatents(PipelineCases.Prompt, PipelineCases.Options with { NumInferenceSteps = 1 });
        noise[0, 0, 0, 0, 0] = tensor(float.NaN);
        Refused("The latents before the first step", PipelineCases.Prompt, PipelineCases.Options with { Latents = noise });
        var embeds = randn(1, PipelineCases.TextLength, pipeline.Transformer.Config.TextEmbedDim);
        embeds[0, 0, 0] = tensor(float.NegativeInfinity);
        Refused("The text embeddings", null, PipelineCases.Options with { PromptEmbeds = embeds, NegativePromptEmbeds = embeds.zeros_like() });

        void Refused(string what, string? prompt, CogVideoXGenerationOptions options) =>
            Assert.Contains(what, Assert.ThrowsExactly<NotFiniteNumberException>(() => pipeline.Generate(prompt, options)).Message);
    }

    [TestMethod]
    public void Generate_WhoseCallbackWritesNaN_StopsAfterTheNextStep()
    {
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        using var nan = tensor(float.NaN);
        var error = Assert.ThrowsExactly<NotFiniteNumberException>(() => pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options with
        {
            OnStepEnd = (step, _, latents) =>
            {
                if (step == 2)
                    latents.mul_(nan);
            },
        }));
        Assert.Contains("after step 4 of 8", error.Message);
    }

    private static void Spoil(nn.Module part, float value)
    {
        using var noGradient = no_grad();
        using var number = tensor(value);
        part.named_parameters().Last(named => named.name.EndsWith("weight", StringComparison.Ordinal)).parameter.mul_(number);
    }
}
