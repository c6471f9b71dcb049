using static TorchSharp.torch;

namespace Afterimage.Models.Tests.Configuration;

[TestClass]
public sealed class UnknownKeyTests
{
    // As Latte-1 is published.
    private const string Latte1 = """
        {
         "_class_name": "LatteTransformer3DModel", "_diffusers_version": "0.30.0.dev0",
         "activation_fn": "gelu-approximate", "attention_bias": true, "attention_head_dim": 72,
         "attention_type": "default", "caption_channels": 4096, "cross_attention_dim": 1152,
         "double_self_attention": false, "dropout": 0.0, "in_channels": 4, "norm_elementwise_affine": false,
         "norm_eps": 1e-06, "norm_num_groups": 32, "norm_type": "ada_norm_single", "num_attention_heads": 16,
         "num_embeds_ada_norm": 1000, "num_layers": 28, "num_vector_embeds": null, "only_cross_attention": false,
         "out_channels": 8, "patch_size": 2, "sample_size": 64, "upcast_attention": false,
         "use_linear_projection": false, "video_length": 16
        }
        """;

    [TestMethod]
    public void FromFile_OfLatte1AsPublished_WarnsOnceAndReadsTheRest()
    {
        using var folder = new ScratchFolder();
        var path = folder["config.json"];
        File.WriteAllText(path, Latte1);
        LatteTransformer3DModelConfig? config = null;

        var warnings = Warnings.Of(() => config = LatteTransformer3DModelConfig.FromFile(path));

        var warning = Assert.ContainsSingle(warnings);
        Assert.Contains(path, warning);
        foreach (var key in new[]
        {
            "attention_type", "double_self_attention", "norm_num_groups", "num_vector_embeds", "only_cross_attention", "upcast_attention",
            "use_linear_projection",
        })
        {
            Assert.Contains($"'{key}'", warning);
        }
        Assert.AreEqual(28, config!.NumLayers);
        Assert.AreEqual(1152, config.CrossAttentionDim);
    }

    [TestMethod]
    public void ToJson_OfAConfigWithUnknownKeys_WritesThemBack()
    {
        var read = CogVideoXTransformer3DModelConfig.FromJson("""{"num_layers": 2, "extra": {"deep": [1, null]}, "other": "x"}""");
        CogVideoXTransformer3DModelConfig? again = null;

        var warnings = Warnings.Of(() => again = CogVideoXTransformer3DModelConfig.FromJson((read with { NumLayers = 3 }).ToJson()));

        Assert.Contains("'extra', 'other'", Assert.ContainsSingle(warnings));
        Assert.AreEqual(read with { NumLayers = 3 }, again);
        Assert.AreNotEqual(new CogVideoXTransformer3DModelConfig { NumLayers = 2 }, read);
    }

    [TestMethod]
    [DataRow("patch_sise", "patch_size")]
    [DataRow("num_layer", "num_layers")]
    public void FromJson_WithAMisspelledKey_SaysWhatIsMeant(string key, string meant) => Assert.Contains(
        $"'{key}' (is '{meant}' meant?)",
        Assert.ContainsSingle(Warnings.Of(() => CogVideoXTransformer3DModelConfig.FromJson($$"""{"{{key}}": 2}"""))));

    [TestMethod]
    public void FromJson_OfEverySchedulerWithUnknownKeys_Warns()
    {
        const string json = """{"made_up": 3}""";
        Action[] reads =
        [
            () => DDIMScheduler.FromJson(json), () => CogVideoXDDIMScheduler.FromJson(json), () => CogVideoXDPMScheduler.FromJson(json),
            () => UniPCMultistepScheduler.FromJson(json).Dispose(), () => FlowMatchEulerDiscreteScheduler.FromJson(json),
        ];
        foreach (var read in reads)
            Assert.Contains("'made_up'", Assert.ContainsSingle(Warnings.Of(read)));
    }

    [TestMethod]
    [DataRow("cogvideox-2b-tiny")]
    [DataRow("latte-tiny")]
    [DataRow("wan-tiny")]
    [DataRow("flux-tiny")]
    public void FromPretrained_OfQuantizedWeights_IsRefused(string name)
    {
        using var folder = new ScratchFolder();
        var text = File.ReadAllText(Recording.PathOf(name, "model", "config.json"));
        File.WriteAllText(folder["config.json"], text.Insert(text.IndexOf('{') + 1, "\"quantization_config\": {\"quant_method\": \"gguf\"},"));

        var error = Assert.ThrowsExactly<NotSupportedException>(() =>
        {
            using var model = (nn.Module)(name[..4] switch
            {
                "cogv" => CogVideoXTransformer3DModel.FromPretrained(folder.Path),
                "latt" => LatteTransformer3DModel.FromPretrained(folder.Path),
                "wan-" => WanTransformer3DModel.FromPretrained(folder.Path),
                _ => FluxTransformer2DModel.FromPretrained(folder.Path),
            });
        });

        Assert.Contains("'quantization_config'", error.Message);
        Assert.Contains(folder["config.json"], error.Message);
    }

    [TestMethod]
    [DataRow("""{"num_layers": 1e1}""", 10)]
    [DataRow("""{"num_layers": 2.0}""", 2)]
    [DataRow("\ufeff{\"num_layers\": 4}", 4)]
    public void FromFile_OfANumberOrMarkThatPythonTakes_ReadsIt(string json, int layers)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["config.json"], json);
        Assert.AreEqual(layers, CogVideoXTransformer3DModelConfig.FromFile(folder["config.json"]).NumLayers);
    }

    [TestMethod]
    [DataRow("", "0 bytes")]
    [DataRow("null", "not a JSON object")]
    [DataRow("[1]", "not a JSON object")]
    [DataRow("{\"num_layers\": NaN}", "not JSON")]
    [DataRow("{\"num_layers\": 1, \"num_layers\": 2}", "not JSON")]
    [DataRow("{\"num_layers\": 2.5}", "'num_layers': expected a whole number")]
    [DataRow("{\"num_layers\": 1e300}", "'num_layers': expected a whole number")]
    [DataRow("{\"num_layers\": \"2\"}", "'num_layers': expected a whole number")]
    [DataRow("{\"num_layers\": -1}", "num_layers of 0 or more")]
    [DataRow("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git-LFS pointer")]
    [DataRow("<!DOCTYPE html>\n<html>Sign in</html>", "web page")]
    public void FromFile_OfWhatIsNoConfig_SaysSoAndNamesTheFile(string content, string expected)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["config.json"], content);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => CogVideoXTransformer3DModelConfig.FromFile(folder["config.json"]));

        Assert.Contains(expected, error.Message);
        Assert.Contains(folder["config.json"], error.Message);
    }

    [TestMethod]
    public void FromFile_OfDeepNestingOrAFolder_IsRefused()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["deep.json"], new string('[', 100_000));
        Directory.CreateDirectory(folder["config.json"]);
        Assert.ThrowsExactly<InvalidDataException>(() => CogVideoXTransformer3DModelConfig.FromFile(folder["deep.json"]));
        Assert.Contains("folder", Assert.ThrowsExactly<InvalidDataException>(() => CogVideoXTransformer3DModelConfig.FromFile(folder["config.json"])).Message);
    }
}
