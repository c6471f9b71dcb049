using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>The configs of text encoders as pipelines are published with them.</summary>
[TestClass]
public sealed class PublishedTextEncoderTests
{
    // text_encoder of FLUX.1-dev and FLUX.1-schnell.
    private const string FluxClip = """
        {
          "_name_or_path": "openai/clip-vit-large-patch14", "architectures": ["CLIPTextModel"], "attention_dropout": 0.0, "bos_token_id": 0,
          "dropout": 0.0, "eos_token_id": 2, "hidden_act": "quick_gelu", "hidden_size": 768, "initializer_factor": 1.0,
          "initializer_range": 0.02, "intermediate_size": 3072, "layer_norm_eps": 1e-05, "max_position_embeddings": 77,
          "model_type": "clip_text_model", "num_attention_heads": 12, "num_hidden_layers": 12, "pad_token_id": 1, "projection_dim": 768,
          "torch_dtype": "bfloat16", "transformers_version": "4.43.3", "vocab_size": 49408
        }
        """;

    // text_encoder of Wan2.1-T2V-1.3B-Diffusers and Wan2.1-T2V-14B-Diffusers.
    private const string WanUmt5 = """
        {
          "_name_or_path": "google/umt5-xxl", "architectures": ["UMT5EncoderModel"], "classifier_dropout": 0.0, "d_ff": 10240, "d_kv": 64,
          "d_model": 4096, "decoder_start_token_id": 0, "dense_act_fn": "gelu_new", "dropout_rate": 0.1, "eos_token_id": 1,
          "feed_forward_proj": "gated-gelu", "initializer_factor": 1.0, "is_encoder_decoder": true, "is_gated_act": true,
          "layer_norm_epsilon": 1e-06, "model_type": "umt5", "num_decoder_layers": 24, "num_heads": 64, "num_layers": 24,
          "output_past": true, "pad_token_id": 0, "relative_attention_max_distance": 128, "relative_attention_num_buckets": 32,
          "scalable_attention": true, "tie_word_embeddings": false, "tokenizer_class": "T5Tokenizer", "torch_dtype": "bfloat16",
          "transformers_version": "4.48.0.dev0", "use_cache": true, "vocab_size": 256384
        }
        """;

    // text_encoder_2 of FLUX.1-dev.
    private const string FluxT5 = """
        {
          "_name_or_path": "google/t5-v1_1-xxl", "architectures": ["T5EncoderModel"], "classifier_dropout": 0.0, "d_ff": 10240, "d_kv": 64,
          "d_model": 4096, "decoder_start_token_id": 0, "dense_act_fn": "gelu_new", "dropout_rate": 0.1, "eos_token_id": 1,
          "feed_forward_proj": "gated-gelu", "initializer_factor": 1.0, "is_encoder_decoder": true, "is_gated_act": true,
          "layer_norm_epsilon": 1e-06, "model_type": "t5", "num_decoder_layers": 24, "num_heads": 64, "num_layers": 24, "output_past": true,
          "pad_token_id": 0, "relative_attention_max_distance": 128, "relative_attention_num_buckets": 32, "tie_word_embeddings": false,
          "torch_dtype": "bfloat16", "transformers_version": "4.43.3", "use_cache": true, "vocab_size": 32128
        }
        """;

    [TestMethod]
    [DataRow("CLIPTextModel", FluxClip, 123_060_480)]
    [DataRow("UMT5EncoderModel", WanUmt5, 5_680_910_336)]
    [DataRow("T5EncoderModel", FluxT5, 4_762_310_656)]
    public void FromConfigFile_AsPublished_HasThePublishedModelsWeights(string className, string config, long weights)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["config.json"], config);
        nn.Module? built = null;
        Assert.IsEmpty(Warnings.Of(() => built = ModelClasses.Find<nn.Module>(className, folder.Path).FromConfigFile(folder["config.json"], META, ScalarType.BFloat16)));
        using var model = built!;
        Assert.AreEqual(weights, model.parameters().Sum(parameter => parameter.numel()));
    }

    [TestMethod]
    public void FromFile_OfWansConfig_HasABiasInEveryBlock()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["config.json"], WanUmt5);
        var config = T5EncoderModelConfig.FromFile(folder["config.json"]);
        Assert.IsTrue(config.HasBiasInEveryBlock);
        Assert.Contains("\"UMT5EncoderModel\"", config.ToJson());
        using var model = T5EncoderModel.FromConfig(config with { NumLayers = 3 }, META);
        Assert.AreEqual(3, model.state_dict().Keys.Count(key => key.EndsWith("relative_attention_bias.weight", StringComparison.Ordinal)));
    }
}
