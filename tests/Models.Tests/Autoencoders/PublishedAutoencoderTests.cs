using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Configs as published models have them, and what diffusers makes of them: the weights' number, and a digest of their names and shapes.</summary>
[TestClass]
public sealed class PublishedAutoencoderTests
{
    private const string FourSizes = """
        "act_fn": "silu", "block_out_channels": [128, 256, 512, 512], "in_channels": 3, "layers_per_block": 2, "norm_num_groups": 32, "out_channels": 3,
        "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
        "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]
        """;

    [TestMethod]
    public void Flux_AsPublished_HasItsWeights() => PublishedWeights.Check(
        AutoencoderKL.FromConfig(
            AutoencoderKLConfig.FromJson($$"""
            {
                "_class_name": "AutoencoderKL", "_diffusers_version": "0.30.0.dev0", "_name_or_path": "../checkpoints/flux-dev",
                {{FourSizes}}, "force_upcast": true, "latent_channels": 16, "latents_mean": null, "latents_std": null, "mid_block_add_attention": true,
                "sample_size": 1024, "scaling_factor": 0.3611, "shift_factor": 0.1159, "use_post_quant_conv": false, "use_quant_conv": false
            }
            """),
            META),
        weights: 83_819_683, tensors: 244, "0287a108a616e46a");

    [TestMethod]
    public void StableDiffusion_AsPublished_HasItsWeights() => PublishedWeights.Check(
        AutoencoderKL.FromConfig(
            AutoencoderKLConfig.FromJson($$"""
            { "_class_name": "AutoencoderKL", "_diffusers_version": "0.4.2", {{FourSizes}}, "latent_channels": 4, "sample_size": 256 }
            """),
            META),
        weights: 83_653_863, tensors: 248, "a8eb7356226250e7");

    [TestMethod]
    public void Wan21_AsPublished_HasItsWeights() => PublishedWeights.Check(
        AutoencoderKLWan.FromConfig(
            AutoencoderKLWanConfig.FromJson("""
            {
                "_class_name": "AutoencoderKLWan", "_diffusers_version": "0.33.0.dev0", "attn_scales": [], "base_dim": 96, "dim_mult": [1, 2, 4, 4],
                "dropout": 0.0, "num_res_blocks": 2, "temperal_downsample": [false, true, true], "z_dim": 16
            }
            """),
            META),
        weights: 126_892_531, tensors: 194, "6157cf3f708d689b");

    [TestMethod]
    public void Wan22_AsPublished_HasItsWeights() => PublishedWeights.Check(
        AutoencoderKLWan.FromConfig(
            AutoencoderKLWanConfig.FromJson("""
            {
                "_class_name": "AutoencoderKLWan", "_diffusers_version": "0.35.0.dev0", "attn_scales": [], "base_dim": 160, "decoder_base_dim": 256,
                "dim_mult": [1, 2, 4, 4], "dropout": 0.0, "in_channels": 12, "is_residual": true, "num_res_blocks": 2, "out_channels": 12, "patch_size": 2,
                "scale_factor_spatial": 16, "scale_factor_temporal": 4, "temperal_downsample": [false, true, true], "z_dim": 48
            }
            """),
            META),
        weights: 704_688_668, tensors: 196, "cb562a5311e92765");

    [TestMethod]
    public void Allegro_AsPublished_HasItsWeights() => PublishedWeights.Check(
        AutoencoderKLAllegro.FromConfig(
            AutoencoderKLAllegroConfig.FromJson("""
            {
                "_class_name": "AutoencoderKLAllegro", "act_fn": "silu", "block_out_channels": [128, 256, 512, 512], "force_upcast": true, "in_channels": 3,
                "down_block_types": ["AllegroDownBlock3D", "AllegroDownBlock3D", "AllegroDownBlock3D", "AllegroDownBlock3D"],
                "latent_channels": 4, "layers_per_block": 2, "norm_num_groups": 32, "out_channels": 3, "sample_size": 320, "scaling_factor": 0.13,
                "temporal_compression_ratio": 4, "temporal_downsample_blocks": [true, true, false, false],
                "temporal_upsample_blocks": [false, true, true, false],
                "up_block_types": ["AllegroUpBlock3D", "AllegroUpBlock3D", "AllegroUpBlock3D", "AllegroUpBlock3D"]
            }
            """),
            META),
        weights: 174_955_751, tensors: 704, "86d030243fe7bdcc");
}
