using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>The configs of Wan's transformers as they are published, and what they take and give.</summary>
[TestClass]
public sealed class PublishedWanTests
{
    [TestMethod]
    public void I2V14B_AsPublished_HasItsWeights() => Check(
        """
        "added_kv_proj_dim": 5120, "ffn_dim": 13824, "image_dim": 1280, "in_channels": 36, "num_attention_heads": 40, "num_layers": 40, "out_channels": 16
        """,
        weights: 16_394_878_784, tensors: 1303, "6f9e922dc3f6045c",
        latents: [1, 36, 21, 60, 104], image: [1, 257, 1280]);

    [TestMethod]
    public void FLF2V14B_AsPublished_HasItsWeights() => Check(
        """
        "added_kv_proj_dim": 5120, "ffn_dim": 13824, "image_dim": 1280, "in_channels": 36, "num_attention_heads": 40, "num_layers": 40, "out_channels": 16,
        "pos_embed_seq_len": 514
        """,
        weights: 16_395_536_704, tensors: 1304, "6ecaaaf8d909ea49",
        latents: [1, 36, 21, 90, 160], image: [2, 257, 1280]);

    [TestMethod]
    public void I2VA14B_AsPublished_HasItsWeights() => Check(
        """
        "added_kv_proj_dim": null, "ffn_dim": 13824, "image_dim": null, "in_channels": 36, "num_attention_heads": 40, "num_layers": 40, "out_channels": 16,
        "pos_embed_seq_len": null
        """,
        weights: 14_288_901_184, tensors: 1095, "f94b5ceec79cc138",
        latents: [1, 36, 21, 60, 104]);

    [TestMethod]
    public void TI2V5B_AsPublished_HasItsWeights() => Check(
        """
        "added_kv_proj_dim": null, "ffn_dim": 14336, "image_dim": null, "in_channels": 48, "num_attention_heads": 24, "num_layers": 30, "out_channels": 48,
        "pos_embed_seq_len": null
        """,
        weights: 4_999_787_712, tensors: 825, "b18313d780176301",
        latents: [1, 48, 31, 44, 80], timesteps: [1, 31 * 22 * 40]);

    /// <summary>Early checkpoints of image-to-video hold a norm of queries that nobody makes, which diffusers passes over.</summary>
    [TestMethod]
    public void FromPretrained_OfANormThatNothingCalls_PassesItOver()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = WanTransformer3DModel.FromPretrained(Recording.PathOf("wan-i2v-tiny", "model"));
        model.SavePretrained(folder.Path);
        var weights = folder["diffusion_pytorch_model.safetensors"];
        SafetensorsWriter.Write(weights, [.. model.state_dict(), new("blocks.0.attn2.norm_added_q.weight", zeros(24))]);
        using (var again = WanTransformer3DModel.FromPretrained(folder.Path))
            Assert.AreSequenceEqual(model.state_dict().Keys, again.state_dict().Keys);
        SafetensorsWriter.Write(weights, [.. model.state_dict(), new("blocks.0.attn2.norm_added_v.weight", zeros(24))]);
        Assert.Contains("unexpected", Assert.ThrowsExactly<InvalidDataException>(() => WanTransformer3DModel.FromPretrained(folder.Path)).Message);
    }

    private static void Check(string settings, long weights, int tensors, string digest, long[] latents, long[]? image = null, long[]? timesteps = null)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        WanTransformer3DModelConfig? config = null;
        Assert.IsEmpty(Warnings.Of(() => config = WanTransformer3DModelConfig.FromJson($$"""
            {
                "_class_name": "WanTransformer3DModel", "_diffusers_version": "0.35.0.dev0", "attention_head_dim": 128, "cross_attn_norm": true, "eps": 1e-06,
                "freq_dim": 256, "patch_size": [1, 2, 2], "qk_norm": "rms_norm_across_heads", "rope_max_seq_len": 1024, "text_dim": 4096, {{settings}}
            }
            """)));
        var model = WanTransformer3DModel.FromConfig(config!, META, ScalarType.BFloat16);
        var output = model.call(Half(latents), Half(timesteps ?? [1]), Half(1, 512, 4096), image is null ? null : Half(image));
        Assert.AreSequenceEqual((long[])[1, config!.OutChannels!.Value, .. latents[2..]], output.shape);
        PublishedWeights.Check(model, weights, tensors, digest);

        static Tensor Half(params long[] shape) => empty(shape, ScalarType.BFloat16, META);
    }
}
