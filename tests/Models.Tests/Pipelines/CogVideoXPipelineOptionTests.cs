using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>What each option does to a generation.</summary>
[TestClass]
public sealed class CogVideoXPipelineOptionTests
{
    [TestMethod]
    public void GenerateLatents_WithDpm_IsTheSchedulersLoopOnOneGenerator()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder("cogvideox-5b-tiny", PipelineCases.DpmTrace);
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var (model, scheduler) = (pipeline.Transformer, (CogVideoXDPMScheduler)pipeline.Scheduler);
        var embeds = Embed(pipeline, PipelineCases.Prompt);

        var actual = pipeline.GenerateLatents(PipelineCases.Prompt, PipelineCases.Options with { GuidanceScale = 1 });

        using var generator = new Generator(1);
        var latents = randn([1, 3, 4, 8, 12], generator: generator);
        var rotary = model.PrepareRotaryPositionalEmbeddings(64, 96, 3);
        Tensor? original = null;
        for (var i = 0; i < 8; i++)
        {
            var t = scheduler.Timesteps[i];
            var output = model.call(latents, embeds, tensor([t]), null, null, rotary);
            (latents, original) = scheduler.Step(output, original, t, i > 0 ? scheduler.Timesteps[i - 1] : null, latents, generator);
        }

        TensorAssert.Same(latents, actual);
    }

    [TestMethod]
    public void GenerateLatents_FromGivenNoiseAndEmbeddings_IsThatOfSeedAndPrompt()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        using var generator = new Generator(1);
        var noise = randn([1, 3, 4, 8, 12], generator: generator);
        var (kept, options) = (noise.clone(), PipelineCases.Options with { NegativePrompt = "blurred" });

        var expected = pipeline.GenerateLatents(PipelineCases.Prompt, options);
        var actual = pipeline.GenerateLatents(null, options with
        {
            Seed = null,
            Latents = noise,
            PromptEmbeds = Embed(pipeline, PipelineCases.Prompt),
            NegativePrompt = null,
            NegativePromptEmbeds = Embed(pipeline, "blurred"),
        });
        var mixed = pipeline.GenerateLatents(null, options with { PromptEmbeds = Embed(pipeline, PipelineCases.Prompt), MaxSequenceLength = 226 });

        TensorAssert.Same(expected, actual);
        TensorAssert.Same(expected, mixed, "a negative prompt beside embeddings");
        TensorAssert.Same(kept, noise, "the caller's latents");
    }

    [TestMethod]
    public void GenerateLatents_OfTwoVideosForTwoPrompts_KeepsTheVideosOfAPromptTogether()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        manual_seed(3);
        var (noise, options) = (randn([4, 3, 4, 8, 12]), PipelineCases.Options with { Seed = null });
        string[] prompts = ["a cat", "two dogs"];

        var together = pipeline.GenerateLatents(null, options with
        {
            Latents = noise,
            PromptEmbeds = cat([.. prompts.Select(prompt => Embed(pipeline, prompt))]),
            NumVideosPerPrompt = 2,
        });

        for (var i = 0; i < 4; i++)
        {
            var alone = pipeline.GenerateLatents(prompts[i / 2], options with { Latents = noise[i..(i + 1)] });
            TensorAssert.Close(alone[0], together[i], 1e-4, $"video {i}");
        }
    }

    [TestMethod]
    public void Generate_WithANegativePrompt_ChangesWithGuidanceOnly()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var negative = PipelineCases.Options with { NegativePrompt = "blurred" };

        Assert.IsGreaterThan(1e-4, TensorAssert.MaxDifference(
            pipeline.GenerateLatents(PipelineCases.Prompt, PipelineCases.Options), pipeline.GenerateLatents(PipelineCases.Prompt, negative)));
        TensorAssert.Same(
            pipeline.GenerateLatents(PipelineCases.Prompt, PipelineCases.Options with { GuidanceScale = 1 }),
            pipeline.GenerateLatents(PipelineCases.Prompt, negative with { GuidanceScale = 1 }));
    }

    /// <summary>Numbers from Python: 1 + 6 * (1 - math.cos(math.pi * ((4 - t) / 4) ** 5.0)) / 2, timesteps 999, 749, 499, 249.</summary>
    [TestMethod]
    public void Generate_WithDynamicCfg_GuidesByDiffusersFormula()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        pipeline.Transformer.EnableCache(PipelineCases.Cache("PAB")!);
        var scales = new List<double?>();
        var options = PipelineCases.Options with { NumInferenceSteps = 4, UseDynamicCfg = true };

        var dynamic = pipeline.GenerateLatents(
            PipelineCases.Prompt, options with { OnStepEnd = (_, _, _) => scales.Add(pipeline.Transformer.CurrentRun!.GuidanceScale) });
        pipeline.Transformer.DisableCache();
        var uncached = pipeline.GenerateLatents(PipelineCases.Prompt, options);
        var constant = pipeline.GenerateLatents(PipelineCases.Prompt, options with { UseDynamicCfg = false });

        double[] expected = [4.755881, 1.937952, 1.092154, 1.010287];
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], scales[i]!.Value, 1e-3, $"step {i}");
        Assert.IsGreaterThan(1e-3, TensorAssert.MaxDifference(uncached, constant));
        Assert.IsLessThan(TensorAssert.MaxDifference(uncached, constant), TensorAssert.MaxDifference(uncached, dynamic));
    }

    [TestMethod]
    public void OnStepEnd_MayKeepClonesAndWriteIntoTheLatents()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var kept = new List<Tensor>();

        var plain = pipeline.GenerateLatents(PipelineCases.Prompt, PipelineCases.Options with { OnStepEnd = (_, _, latents) => kept.Add(latents.clone()) });
        var zeroed = pipeline.GenerateLatents(PipelineCases.Prompt, PipelineCases.Options with
        {
            OnStepEnd = (step, _, latents) =>
            {
                if (step == 7)
                    latents.zero_();
                else
                    latents.Dispose();
            },
        });

        Assert.HasCount(8, kept);
        TensorAssert.Same(plain, kept[7]);
        Assert.IsGreaterThan(1e-3, TensorAssert.MaxDifference(kept[6], kept[7]));
        Assert.AreEqual(0, TensorAssert.MaxMagnitude(zeroed));
    }

    [TestMethod]
    public void CurrentTimestep_IsThatOfTheStepAndFeedsACache()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var asked = new List<double>();
        pipeline.Transformer.EnableCache(new PyramidAttentionBroadcastConfig
        {
            SpatialAttentionBlockSkipRange = 2,
            CurrentTimestepCallback = () =>
            {
                asked.Add(pipeline.CurrentTimestep!.Value);
                return asked[^1];
            },
        });
        var seen = new List<double?>();

        pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options with
        {
            OnStepEnd = (_, timestep, _) => seen.Add(pipeline.CurrentTimestep == timestep ? timestep : null),
        });

        Assert.IsNull(pipeline.CurrentTimestep);
        Assert.AreSequenceEqual(pipeline.Scheduler.Timesteps.Select(t => (double?)t), seen);
        Assert.AreSequenceEqual(pipeline.Scheduler.Timesteps.Select(t => (double)t), asked);
    }

    [TestMethod]
    public void Generate_TellsEveryStageAndStep()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var told = new List<GenerationProgress>();

        pipeline.Generate(PipelineCases.Prompt, PipelineCases.Options with { NumInferenceSteps = 2 }, new Reporter<GenerationProgress>(told.Add));

        Assert.AreSequenceEqual(
            (GenerationProgress[])
            [
                new(GenerationStage.Encoding, 0, 2), new(GenerationStage.Encoding, 1, 2), new(GenerationStage.Encoding, 2, 2),
                new(GenerationStage.Denoising, 0, 2), new(GenerationStage.Denoising, 1, 2), new(GenerationStage.Denoising, 2, 2),
                new(GenerationStage.Decoding, 0, 1), new(GenerationStage.Decoding, 1, 1),
            ],
            told);
    }

    [TestMethod]
    [DataRow(null, 10)]
    [DataRow(14, 14)]
    public void MaxSequenceLength_IsTheModelsIfNotGiven(int? given, int expected)
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var lengths = new List<long>();
        var hook = pipeline.TextEncoder!.register_forward_hook((_, ids, _, embeds) =>
        {
            lengths.Add(ids.size(1));
            return embeds;
        });

        pipeline.GenerateLatents(PipelineCases.Prompt, PipelineCases.Options with { NumInferenceSteps = 1, MaxSequenceLength = given });

        hook.remove();
        Assert.AreSequenceEqual((long[])[expected, expected], lengths);
    }

    [TestMethod]
    public void TruncatedTexts_AreWhatDidNotFit()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var options = PipelineCases.Options with { NumInferenceSteps = 1 };
        var words = string.Join(' ', Enumerable.Repeat("a cat on a red chair", 10));

        pipeline.GenerateLatents(words, options with { NegativePrompt = words });
        Assert.HasCount(2, pipeline.TruncatedTexts);
        StringAssert.EndsWith(words, pipeline.TruncatedTexts[0].Trim(), StringComparison.Ordinal);

        pipeline.GenerateLatents("", options);
        Assert.IsEmpty(pipeline.TruncatedTexts);
    }

    private static Tensor Embed(CogVideoXPipeline pipeline, string prompt)
    {
        using var noGrad = no_grad();
        return pipeline.TextEncoder!.call(pipeline.Tokenizer!.Encode(prompt, PipelineCases.TextLength).InputIds, null);
    }
}
