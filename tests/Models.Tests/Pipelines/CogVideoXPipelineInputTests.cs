using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>What cannot be generated is refused before any work.</summary>
[TestClass]
public sealed class CogVideoXPipelineInputTests
{
    private static readonly Dictionary<string, (Func<CogVideoXGenerationOptions, CogVideoXGenerationOptions> Change, string Message)> Bad = new()
    {
        ["a height that is no whole patches"] = (options => options with { Height = 72 }, "Height"),
        ["a height of 0"] = (options => options with { Height = 0 }, "multiple of 16"),
        ["a width that is no whole latents"] = (options => options with { Width = 100 }, "multiple of 16"),
        ["a width below 0"] = (options => options with { Width = -16 }, "multiple of 16"),
        ["no frames"] = (options => options with { NumFrames = 0 }, "NumFrames"),
        ["no steps"] = (options => options with { NumInferenceSteps = 0 }, "NumInferenceSteps"),
        ["more steps than training's"] = (options => options with { NumInferenceSteps = 1001 }, "1 to 1000 steps"),
        ["no videos"] = (options => options with { NumVideosPerPrompt = 0 }, "NumVideosPerPrompt"),
        ["no tokens"] = (options => options with { MaxSequenceLength = 0 }, "MaxSequenceLength"),
        ["a scale that is no number"] = (options => options with { GuidanceScale = double.NaN }, "GuidanceScale"),
        ["an infinite scale"] = (options => options with { GuidanceScale = double.PositiveInfinity }, "GuidanceScale"),
        ["latents of another size"] = (options => options with { Latents = zeros([1, 3, 4, 8, 8]) }, "[1, 3, 4, 8, 12]"),
        ["embeddings besides the prompt"] = (options => options with { PromptEmbeds = zeros(1, 10, 24) }, "found both"),
        ["negative embeddings besides the prompt"] = (options => options with { NegativePromptEmbeds = zeros(1, 10, 24) }, "go with PromptEmbeds"),
    };

    private static IEnumerable<object[]> Names => Bad.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Generate_Of_IsRefusedBeforeAnyWork(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var (change, message) = Bad[name];
        var told = new List<GenerationProgress>();

        var error = Assert.Throws<ArgumentException>(
            () => pipeline.Generate(PipelineCases.Prompt, change(PipelineCases.Options), new Reporter<GenerationProgress>(told.Add)));

        Assert.Contains(message, error.Message);
        Assert.IsEmpty(told);
    }

    [TestMethod]
    [DataRow(2, 10, 25, null, "[prompts, tokens, 24]")]
    [DataRow(0, 10, 24, null, "[prompts, tokens, 24]")]
    [DataRow(1, 10, 24, 11, "the shape of PromptEmbeds [1, 10, 24]")]
    public void Generate_OfEmbeddingsOfAnotherShape_IsRefused(int prompts, int tokens, int dim, int? negativeTokens, string message)
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var options = PipelineCases.Options with
        {
            PromptEmbeds = zeros(prompts, tokens, dim),
            NegativePromptEmbeds = negativeTokens is { } count ? zeros(prompts, count, dim) : null,
        };

        Assert.Contains(message, Assert.ThrowsExactly<ArgumentException>(() => pipeline.Generate(null, options)).Message);
    }

    [TestMethod]
    public void Generate_OfNothing_IsRefused()
    {
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);

        Assert.Contains("found neither", Assert.ThrowsExactly<ArgumentException>(() => pipeline.Generate(null)).Message);
    }

    [TestMethod]
    public void Generate_WithFasterCacheAndNoGuidance_IsRefusedBeforeAnyWork()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        pipeline.Transformer.EnableCache(PipelineCases.Cache("FasterCache")!);
        var told = new List<GenerationProgress>();

        var error = Assert.Throws<ArgumentException>(() => pipeline.Generate(
            PipelineCases.Prompt, PipelineCases.Options with { GuidanceScale = 1 }, new Reporter<GenerationProgress>(told.Add)));

        Assert.Contains(nameof(FasterCacheConfig.IsGuidanceDistilled), error.Message);
        Assert.IsEmpty(told);
        Assert.IsNull(pipeline.Transformer.CurrentRun);
    }

    [TestMethod]
    public void Generate_OfALargerSizeThan15WasTrainedFor_IsRefusedBeforeAnyWork()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder(config: TinyModels.Rotary with { PatchSizeT = 2, PatchBias = false });
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var told = new List<GenerationProgress>();

        var options = PipelineCases.Options with { Height = 160 };

        Assert.Throws<ArgumentException>(() => pipeline.Generate(PipelineCases.Prompt, options, new Reporter<GenerationProgress>(told.Add)));
        Assert.IsEmpty(told);
        Assert.Throws<ArgumentException>(() => CogVideoXPipeline.CheckOptions(folder.Path, PipelineCases.Prompt, options));
    }

    [TestMethod]
    [DataRow(12, null, "prompts of 10 tokens, found 12")]
    [DataRow(null, 80, "latents of 8 × 12, found 10 × 12")]
    public void Generate_OfAnotherSizeThanLearnedPositions_IsRefusedBeforeAnyWork(int? tokens, int? height, string message)
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder(config: TinyModels.Learned);
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var options = PipelineCases.Options with { MaxSequenceLength = tokens, Height = height };
        var told = new List<GenerationProgress>();

        var error = Assert.ThrowsExactly<ArgumentException>(
            () => pipeline.Generate(PipelineCases.Prompt, options, new Reporter<GenerationProgress>(told.Add)));

        Assert.Contains(message, error.Message);
        Assert.Contains("leave", error.Message);
        Assert.IsEmpty(told);
        Assert.Contains(message, Assert.ThrowsExactly<ArgumentException>(
            () => CogVideoXPipeline.CheckOptions(folder.Path, PipelineCases.Prompt, options)).Message);
    }

    [TestMethod]
    public void Generate_OfEmbeddingsOfAnotherLengthThanLearnedPositions_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder(config: TinyModels.Learned);
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var options = new CogVideoXGenerationOptions { PromptEmbeds = zeros(1, 12, TinyModels.Learned.TextEmbedDim) };

        Assert.Contains("found 12", Assert.ThrowsExactly<ArgumentException>(() => pipeline.Generate(null, options)).Message);
    }

    [TestMethod]
    public void Generate_InsideOfAGeneration_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder();
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var options = PipelineCases.Options with { OnStepEnd = (_, _, _) => pipeline.Generate("another") };

        Assert.Contains("one at a time", Assert.ThrowsExactly<InvalidOperationException>(() => pipeline.Generate("one", options)).Message);
    }

    [TestMethod]
    public void Generate_AfterDispose_IsRefused()
    {
        using var folder = new TinyPipelineFolder();
        var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        pipeline.Dispose();
        pipeline.Dispose();

        Assert.ThrowsExactly<ObjectDisposedException>(() => pipeline.Generate(PipelineCases.Prompt));
    }
}
