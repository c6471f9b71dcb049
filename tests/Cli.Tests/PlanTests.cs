using System.CommandLine;
using Afterimage.Cli.Planning;

namespace Afterimage.Cli.Tests;

[TestClass]
public class PlanTests
{
    private static readonly string Model = Path.Combine(Tool.Goldens, "cogvideox-5b-tiny", "model");

    [TestMethod]
    public void Plan_WithoutWeights_PrintsTableAndCost()
    {
        var folder = Directory.CreateTempSubdirectory("afterimage-plan-").FullName;
        var config = Path.Combine(folder, "config.json");
        File.WriteAllText(config, """{"_class_name": "CogVideoXTransformer3DModel", "num_attention_heads": 48, "num_layers": 42, "use_rotary_positional_embeddings": true}""");
        var result = Tool.Run("plan", config, "--cache", "faster", "--steps", "50");
        result.AssertExit(0);
        Assert.Contains("transformer_blocks.*.attn1 ×42", result.Output);
        Assert.Contains("TFLOP", result.Output);
    }

    [TestMethod]
    public void Plan_OfLatte1AsPublished_WarnsOnceAndPlans()
    {
        var folder = Directory.CreateTempSubdirectory("afterimage-plan-").FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), """
            {"_class_name": "LatteTransformer3DModel", "activation_fn": "gelu-approximate", "attention_bias": true, "attention_head_dim": 72,
             "attention_type": "default", "caption_channels": 4096, "cross_attention_dim": 1152, "double_self_attention": false, "dropout": 0.0,
             "in_channels": 4, "norm_elementwise_affine": false, "norm_eps": 1e-06, "norm_num_groups": 32, "norm_type": "ada_norm_single",
             "num_attention_heads": 16, "num_embeds_ada_norm": 1000, "num_layers": 28, "num_vector_embeds": null, "only_cross_attention": false,
             "out_channels": 8, "patch_size": 2, "sample_size": 64, "upcast_attention": false, "use_linear_projection": false, "video_length": 16}
            """);
        var result = Tool.Run("plan", folder, "--cache", "pab", "--steps", "50");
        result.AssertExit(0);
        Assert.Contains("476 of 1400", result.Output);
        var warning = Assert.ContainsSingle(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("'attention_type', 'double_self_attention', 'norm_num_groups'", warning);
    }

    /// <summary>The configs as hunyuanvideo-community/HunyuanVideo and rhymes-ai/Allegro have them.</summary>
    [TestMethod]
    [DataRow("""
        {"_class_name": "HunyuanVideoTransformer3DModel", "_diffusers_version": "0.32.0.dev0", "attention_head_dim": 128, "guidance_embeds": true,
         "in_channels": 16, "mlp_ratio": 4.0, "num_attention_heads": 24, "num_layers": 20, "num_refiner_layers": 2, "num_single_layers": 40,
         "out_channels": 16, "patch_size": 2, "patch_size_t": 1, "pooled_projection_dim": 768, "qk_norm": "rms_norm",
         "rope_axes_dim": [16, 56, 56], "rope_theta": 256.0, "text_embed_dim": 4096}
        """, "context_embedder.token_refiner.refiner_blocks.*.attn ×2", "single_transformer_blocks.*.attn ×40")]
    [DataRow("""
        {"_class_name": "AllegroTransformer3DModel", "_diffusers_version": "0.32.0.dev0", "activation_fn": "gelu-approximate",
         "attention_bias": true, "attention_head_dim": 96, "caption_channels": 4096, "cross_attention_dim": 2304, "dropout": 0.0,
         "in_channels": 4, "interpolation_scale_h": 2.0, "interpolation_scale_t": 2.2, "interpolation_scale_w": 2.0,
         "norm_elementwise_affine": false, "norm_eps": 1e-06, "num_attention_heads": 24, "num_layers": 32, "out_channels": 4,
         "patch_size": 2, "patch_size_t": 1, "sample_frames": 22, "sample_height": 90, "sample_width": 160}
        """, "transformer_blocks.*.attn1 ×32", "TFLOP")]
    public void Plan_OfAPublishedConfig_NeedsNoWeights(string config, string first, string second)
    {
        var folder = Directory.CreateTempSubdirectory("afterimage-plan-").FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), config);
        var result = Tool.Run("plan", folder, "--cache", "pab", "--steps", "50");
        result.AssertExit(0);
        Assert.AreEqual("", result.Errors);
        Assert.Contains(first, result.Output);
        Assert.Contains(second, result.Output);
    }

    [TestMethod]
    [DataRow("LTX-Video", 28, """
        {"_class_name": "LTXVideoTransformer3DModel", "_diffusers_version": "0.32.0.dev0", "activation_fn": "gelu-approximate", "attention_bias": true,
         "attention_head_dim": 64, "attention_out_bias": true, "caption_channels": 4096, "cross_attention_dim": 2048, "in_channels": 128,
         "norm_elementwise_affine": false, "norm_eps": 1e-06, "num_attention_heads": 32, "num_layers": 28, "out_channels": 128, "patch_size": 1,
         "patch_size_t": 1, "qk_norm": "rms_norm_across_heads"}
        """)]
    [DataRow("mochi-1-preview", 48, """
        {"_class_name": "MochiTransformer3DModel", "_diffusers_version": "0.32.0.dev0", "activation_fn": "swiglu", "attention_head_dim": 128,
         "in_channels": 12, "max_sequence_length": 256, "num_attention_heads": 24, "num_layers": 48, "out_channels": null, "patch_size": 2,
         "pooled_projection_dim": 1536, "qk_norm": "rms_norm", "text_embed_dim": 4096, "time_embed_dim": 256}
        """)]
    public void Plan_OfAConfigAsPublished_SkipsAttention(string checkpoint, int layers, string config)
    {
        var folder = Directory.CreateTempSubdirectory("afterimage-plan-").FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), config);
        foreach (var cache in (string[])["pab", "faster"])
        {
            var saved = Path.Combine(folder, "plan.json");
            var result = Tool.Run("plan", folder, "--cache", cache, "--steps", "50", "--out", saved);
            result.AssertExit(0);
            Assert.Contains($"as {checkpoint} configures it", result.Output);
            Assert.Contains($"transformer_blocks.*.attn1 ×{layers}", result.Output);
            Assert.Contains("TFLOP saved", result.Output);
            Assert.IsEmpty(result.Errors);
            // Mochi counts up; what caches are told falls.
            var timesteps = CachePlan.Load(saved).Timesteps;
            Assert.AreEqual(1000, timesteps[0], 1e-3);
            Assert.IsLessThan(timesteps[0], timesteps[^1]);
        }
    }

    [TestMethod]
    public void Plan_OfANameOfTheHub_ReadsTheCacheOrSaysWhatFillsIt()
    {
        var hub = Directory.CreateTempSubdirectory("afterimage-hub-").FullName;
        var snapshot = Path.Combine(hub, "models--acme--tiny", "snapshots", "0123456789abcdef");
        Directory.CreateDirectory(Path.Combine(hub, "models--acme--tiny", "refs"));
        Directory.CreateDirectory(Path.Combine(snapshot, "transformer"));
        File.WriteAllText(Path.Combine(hub, "models--acme--tiny", "refs", "main"), "0123456789abcdef");
        File.CreateSymbolicLink(Path.Combine(snapshot, "transformer", "config.json"), Path.Combine(Model, "config.json"));
        var environment = new Dictionary<string, string> { ["HF_HUB_CACHE"] = hub };
        Tool.RunWith(environment, "plan", "acme/tiny", "--cache", "pab", "--steps", "4").AssertExit(0);
        Tool.RunWith(environment, "plan", "acme/tiny/transformer", "--cache", "pab", "--steps", "4").AssertExit(0);
        Tool.RunWith(environment, "plan", "acme/other", "--cache", "pab").AssertError(1, "hf download acme/other");
        Tool.RunWith(environment, "generate", "acme/other", "an otter").AssertError(1, "hf download acme/other");
    }

    [TestMethod]
    public void Plan_OfLatte_GivesEachKindItsOwnCadence()
    {
        var folder = Directory.CreateTempSubdirectory("afterimage-plan-").FullName;
        var (config, saved) = (Path.Combine(folder, "cache.json"), Path.Combine(folder, "plan.json"));
        File.WriteAllText(config, """
            {
              "type": "PyramidAttentionBroadcast",
              "config": {
                "spatial_attention_block_skip_range": 2,
                "temporal_attention_block_skip_range": 4,
                "cross_attention_block_skip_range": 6
              }
            }
            """);
        Tool.Run("plan", Path.Combine(Tool.Goldens, "latte-tiny", "model"), "--cache", config, "--steps", "50", "--out", saved).AssertExit(0);

        var plan = CachePlan.Load(saved);
        foreach (var (kind, range) in new[] { (SiteKind.SpatialAttention, 2), (SiteKind.TemporalAttention, 4), (SiteKind.CrossAttention, 6) })
        {
            var sites = plan.Sites.Index().Where(site => site.Item.Kind == kind).Select(site => site.Index).ToArray();
            Assert.HasCount(2, sites);
            foreach (var row in plan.Rows.Where(row => row.Timestep is > 100 and < 800))
                Assert.IsTrue(sites.All(site => row.Cells[site].IsComputed == (row.Index % range == 0)), $"{kind}, forward {row.Index}");
        }
    }

    [TestMethod]
    public void Plan_Out_DrawsAPictureOrSavesThePlan()
    {
        var folder = Directory.CreateTempSubdirectory("afterimage-plan-").FullName;
        var (picture, saved) = (Path.Combine(folder, "plan.png"), Path.Combine(folder, "plan.json"));
        Tool.Run("plan", Model, "--cache", "pab", "--steps", "20", "--out", picture).AssertExit(0);
        CollectionAssert.AreEqual(new byte[] { 0x89, 0x50, 0x4e, 0x47 }, File.ReadAllBytes(picture)[..4]);
        Tool.Run("plan", Model, "--cache", "pab", "--steps", "20", "--out", saved).AssertExit(0);
        Assert.HasCount(20, CachePlan.Load(saved).Rows);
    }

    [TestMethod]
    public void Plan_UnknownKeyInConfig_NamesIt()
    {
        var config = Path.Combine(Directory.CreateTempSubdirectory("afterimage-plan-").FullName, "cache.json");
        File.WriteAllText(config, """{"type": "PyramidAttentionBroadcast", "config": {"spatial_attention_skip_range": 2}}""");
        Tool.Run("plan", Model, "--cache", config).AssertError(1, "spatial_attention_skip_range", "spatial_attention_block_skip_range");
    }

    [TestMethod]
    public void Plan_LayoutThatCannotWork_SaysWhy() =>
        Tool.Run("plan", Model, "--cache", "faster", "--layout", "Sequential").AssertError(1, "unconditional");

    [TestMethod]
    public void Plan_NoSuchModel_SaysWhereItLooked() => Tool.Run("plan", "nowhere", "--cache", "pab").AssertError(1, "config.json");

    [TestMethod]
    public void Plan_WithNotes_SaysEachOnce()
    {
        var config = Path.Combine(Directory.CreateTempSubdirectory("afterimage-plan-").FullName, "cache.json");
        File.WriteAllText(config, """{"type": "PyramidAttentionBroadcast", "config": {}}""");
        var result = Tool.Run("plan", Model, "--cache", config);
        result.AssertExit(0);
        string[] notes = [.. result.Output.Split('\n').Where(line => line.StartsWith("note: ", StringComparison.Ordinal))];
        Assert.IsNotEmpty(notes);
        Assert.AreEqual(notes.Distinct().Count(), notes.Length, result.Output);
    }

    [TestMethod]
    [DataRow("None")]
    [DataRow("Batched")]
    [DataRow("Sequential")]
    public void Plan_OfFluxWithAnyLayout_IsPlanned(string layout) =>
        Tool.Run("plan", Path.Combine(Tool.Goldens, "flux-tiny", "model"), "--cache", "pab", "--steps", "3", "--layout", layout).AssertExit(0);

    [TestMethod]
    [OSCondition(OperatingSystems.Linux | OperatingSystems.OSX)]
    [DataRow("config")]
    [DataRow("cache")]
    [DataRow("scheduler")]
    [DataRow("index")]
    public void Plan_PipeInPlaceOfAFile_EndsAtOnce(string which)
    {
        var folder = Directory.CreateTempSubdirectory("afterimage-plan-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "transformer"));
        Directory.CreateDirectory(Path.Combine(folder, "scheduler"));
        var files = new Dictionary<string, string>
        {
            ["config"] = Path.Combine(folder, "transformer", "config.json"),
            ["cache"] = Path.Combine(folder, "cache.json"),
            ["scheduler"] = Path.Combine(folder, "scheduler", "scheduler_config.json"),
            ["index"] = Path.Combine(folder, "model_index.json"),
        };
        File.Copy(Path.Combine(Model, "config.json"), files["config"]);
        File.WriteAllText(files["cache"], """{"type": "PyramidAttentionBroadcast", "config": {"spatial_attention_block_skip_range": 2}}""");
        File.WriteAllText(files["scheduler"], """{"_class_name": "CogVideoXDDIMScheduler"}""");
        File.WriteAllText(files["index"], "{}");
        Tool.Run("plan", folder, "--cache", files["cache"]).AssertExit(0);

        File.Delete(files[which]);
        using (var made = System.Diagnostics.Process.Start("mkfifo", [files[which]]))
            made.WaitForExit();
        Tool.Run("plan", folder, "--cache", files["cache"]).AssertError(1, files[which], "pipe or device");
    }

    [TestMethod]
    public void Plan_IdentifierThatBacktracksForEver_IsNamed()
    {
        var config = Path.Combine(Directory.CreateTempSubdirectory("afterimage-plan-").FullName, "cache.json");
        File.WriteAllText(config, """
            {"type": "PyramidAttentionBroadcast", "config": {"spatial_attention_block_skip_range": 2,
             "spatial_attention_block_identifiers": ["(?=t)((((\\w+)+)+)+)+!"]}}
            """);
        Tool.Run("plan", Model, "--cache", config).AssertError(1, "(?=t)", "takes more than");
    }

    [TestMethod]
    public void Plan_WithoutCache_IsAUsageError() => Tool.Run("plan", Model).AssertError(2, "--cache");

    [TestMethod]
    [DataRow("--layout", "7", "Batched")]
    [DataRow("--out", "plan.bmp", ".png")]
    [DataRow("--steps", "0", "--steps must be above 0, got 0.")]
    public void Plan_OptionOutOfRange_IsRefusedBeforeAnyWork(string option, string value, string part)
    {
        var result = Tool.Run("plan", Model, "--cache", "pab", option, value);
        result.AssertError(2, part);
        Assert.AreEqual("", result.Output);
    }

    [TestMethod]
    public void Plan_ConfigThatIsNoObject_NamesTheFile()
    {
        var config = Path.Combine(Directory.CreateTempSubdirectory("afterimage-plan-").FullName, "config.json");
        File.WriteAllText(config, "[]");
        Tool.Run("plan", config, "--cache", "pab").AssertError(1, $"{config}: not a config.json: expected an object");
    }

    [TestMethod]
    public async Task Plan_Cancelled_Stops()
    {
        var command = PlanCommand.Create().Parse([Model, "--cache", "pab"]);
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false };
        await Assert.ThrowsAsync<OperationCanceledException>(() => command.InvokeAsync(configuration, new CancellationToken(true)));
    }
}
