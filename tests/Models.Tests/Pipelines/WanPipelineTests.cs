using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Wan's two transformers, as 2.2 A14B has them.</summary>
[TestClass]
public sealed class WanPipelineTests
{
    private const string Recorded = "pipeline-wan-tiny";

    [TestMethod]
    public void Generate_WithTheSameTransformerTwice_IsWhatOneMakes()
    {
        using var scope = NewDisposeScope();
        using var one = WanPipeline.FromPretrained(Recording.PathOf(Recorded, "model"));
        using var folder = TwoTransformers();
        using var two = WanPipeline.FromPretrained(folder.Path);

        TensorAssert.Same(one.Generate(null, Options), two.Generate(null, Options));
        Assert.IsGreaterThan(
            0.001, TensorAssert.MaxDifference(one.Generate(null, Options), two.Generate(null, Options with { GuidanceScale2 = 2 })));
    }

    [TestMethod]
    public void Generate_WithCaches_BeginsARunOfEachOverItsOwnSteps()
    {
        using var scope = NewDisposeScope();
        using var folder = TwoTransformers();
        using var pipeline = WanPipeline.FromPretrained(folder.Path);
        var cache = new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2, SpatialAttentionTimestepSkipRange = (-1, 1001) };
        foreach (var model in pipeline.CacheableModels)
            model.EnableCache(cache);
        var timesteps = new HashSet<(double, double)>();

        pipeline.Generate(null, Options with
        {
            OnStepEnd = (_, _, _) => timesteps.Add((pipeline.Transformer.CurrentRun!.Plan!.Timesteps[^1], pipeline.Transformer2!.CurrentRun!.Plan!.Timesteps[0])),
        });

        // 999, 937 and 857 and on, of a boundary of 900.
        Assert.AreEqual((937, 857), Assert.ContainsSingle(timesteps));
        Assert.IsNull(pipeline.Transformer.CurrentRun);
        Assert.IsNull(pipeline.Transformer2!.CurrentRun);
    }

    [TestMethod]
    public void FromPretrained_OfHalfOfTwo_SaysWhichIsMissing()
    {
        using var folder = TwoTransformers(boundary: null);
        Assert.Contains("boundary_ratio", Assert.ThrowsExactly<InvalidDataException>(() => WanPipeline.FromPretrained(folder.Path)).Message);
        using var one = WanPipeline.FromPretrained(Recording.PathOf(Recorded, "model"));
        Assert.Contains(nameof(WanGenerationOptions.GuidanceScale2), Assert.ThrowsExactly<ArgumentException>(() => one.Generate(null, Options with { GuidanceScale2 = 2 })).Message);
    }

    [TestMethod]
    public void FromPretrained_OfTwoTransformersForOtherPrompts_IsRefused()
    {
        using var folder = TwoTransformers();
        var path = folder["transformer_2/config.json"];
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        config["text_dim"] = 21;
        File.WriteAllText(path, config.ToJsonString());
        Assert.Contains("text_dim", Assert.ThrowsExactly<InvalidDataException>(() => WanPipeline.FromPretrained(folder.Path)).Message);
    }

    [TestMethod]
    public void Generate_WithATimestepForEveryToken_IsWhatOneForAllMakes()
    {
        using var scope = NewDisposeScope();
        using var one = WanPipeline.FromPretrained(Recording.PathOf(Recorded, "model"));
        using var folder = TwoTransformers();
        var path = folder["model_index.json"];
        var index = JsonNode.Parse(File.ReadAllText(path))!;
        index["expand_timesteps"] = true;
        File.WriteAllText(path, index.ToJsonString());
        using var each = WanPipeline.FromPretrained(folder.Path);

        Assert.IsTrue(each.ExpandTimesteps);
        TensorAssert.Close(one.Generate(null, Options), each.Generate(null, Options), 1e-5);
    }

    private static WanGenerationOptions Options
    {
        get
        {
            var inputs = Recording.Tensors(Recorded, "inputs.safetensors");
            return new()
            {
                Height = 32,
                Width = 48,
                NumFrames = 5,
                NumInferenceSteps = 6,
                Latents = inputs["latents"],
                PromptEmbeds = inputs["prompt_embeds"],
                NegativePromptEmbeds = inputs["negative_prompt_embeds"],
            };
        }
    }

    private static ScratchFolder TwoTransformers(double? boundary = 0.9)
    {
        var folder = new ScratchFolder();
        foreach (var part in (string[])["scheduler", "transformer", "vae"])
            Copy(part, part);
        Copy("transformer", "transformer_2");
        var index = JsonNode.Parse(File.ReadAllText(Recording.PathOf(Recorded, "model", "model_index.json")))!;
        index["transformer_2"] = index["transformer"]!.DeepClone();
        index["boundary_ratio"] = boundary;
        File.WriteAllText(folder["model_index.json"], index.ToJsonString());
        return folder;

        void Copy(string from, string to)
        {
            Directory.CreateDirectory(folder[to]);
            foreach (var file in Directory.GetFiles(Recording.PathOf(Recorded, "model", from)))
                File.Copy(file, Path.Combine(folder[to], Path.GetFileName(file)));
        }
    }
}
