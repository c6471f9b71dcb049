using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class CLIPVisionModelTests
{
    private const string Name = "clip-vision-tiny";
    private const double Limit = 2e-5;

    [TestMethod]
    [DataRow(Name)]
    [DataRow("clip-vision-gelu-tiny")] // a picture that is no whole number of patches
    [DataRow("clip-vision-shallow-tiny")] // one layer, one patch, four channels
    public void Forward_AsRecorded_IsTheRecorded(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Load(name);
        var pixels = Pixels(name);
        var expected = Recording.Tensors(name, "output.safetensors");

        var (last, pooled) = model.forward(pixels);

        TensorAssert.Close(expected["last_hidden_state"], last, Limit, "last");
        TensorAssert.Close(expected["pooler_output"], pooled, Limit, "pooled");
        var states = model.HiddenStates(pixels);
        Assert.HasCount(expected.Keys.Count(key => key.StartsWith("hidden_states.", StringComparison.Ordinal)), states);
        for (var i = 0; i < states.Count; i++)
            TensorAssert.Close(expected[$"hidden_states.{i}"], states[i], Limit, $"hidden state {i}");
        TensorAssert.Same(states[^2], model.Encode(pixels), "last but one");
    }

    [TestMethod]
    public void Forward_OfABatch_IsThatOfEachPicture()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Load(Name);
        var pixels = Pixels(Name);
        var (last, pooled) = model.forward(pixels);
        for (var i = 0; i < pixels.size(0); i++)
        {
            var (lastOfOne, pooledOfOne) = model.forward(pixels.narrow(0, i, 1));
            TensorAssert.Close(last.narrow(0, i, 1), lastOfOne, Limit);
            TensorAssert.Close(pooled.narrow(0, i, 1), pooledOfOne, Limit);
        }
    }

    [TestMethod]
    public void SavePretrained_ThenFromPretrained_GivesTheSameModel()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = Load(Name);
        model.SavePretrained(folder.Path);
        using var loaded = CLIPVisionModel.FromPretrained(folder.Path);
        var pixels = Pixels(Name);
        TensorAssert.Same(model.forward(pixels).PoolerOutput, loaded.forward(pixels).PoolerOutput);
        Assert.AreEqual(model.Config, loaded.Config);
        Assert.Contains("\"CLIPVisionModel\"", File.ReadAllText(folder["config.json"]));
    }

    [TestMethod]
    public void FromPretrained_OfAWholeCLIP_TakesTheEncoderOfPictures()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = Load(Name);
        var state = model.state_dict();
        state["vision_model.embeddings.position_ids"] = TensorArithmetic.Range(17, ScalarType.Int64).unsqueeze(0);
        state["text_model.final_layer_norm.weight"] = zeros(3);
        state["visual_projection.weight"] = zeros(3, 3);
        state["text_projection.weight"] = zeros(3, 3);
        state["logit_scale"] = zeros([]);
        SafetensorsWriter.Write(folder["model.safetensors"], state);
        File.WriteAllText(folder["config.json"], $$"""{"model_type": "clip", "projection_dim": 3, "text_config": {"hidden_size": 24}, "vision_config": {{model.Config.ToJson()}}}""");

        using var loaded = CLIPVisionModel.FromPretrained(folder.Path);

        Assert.AreEqual(model.Config, loaded.Config);
        foreach (var (key, value) in model.state_dict())
            TensorAssert.Same(value, loaded.state_dict()[key], key);
        Assert.AreEqual(24, CLIPTextModelConfig.FromFile(folder["config.json"]).HiddenSize);
        Assert.AreEqual(8, CLIPTextModelConfig.FromFile(folder["config.json"]).NumAttentionHeads);
    }

    [TestMethod]
    [DataRow("""{"model_type": "clip"}""", "model_type clip_vision_model, found 'clip'")]
    [DataRow("""{"model_type": "clip", "vision_config": 3}""", "'vision_config': expected an object, found 3")]
    [DataRow("""{"vision_config": {"image_size": "224"}}""", "'image_size': expected a whole number")]
    [DataRow("""{"vision_config": {"patch_size": 300}}""", "image_size of patch_size 300 or more, found 224")]
    public void ConfigFile_OfAnotherForm_IsRefused(string json, string part)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["config.json"], json);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => CLIPVisionConfig.FromFile(folder["config.json"]));
        Assert.Contains(part, error.Message);
        Assert.Contains(folder["config.json"], error.Message);
    }

    [TestMethod]
    public void ConfigFile_OfAQuantizedWhole_IsRefused()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["config.json"], """{"vision_config": {}, "quantization_config": {}}""");
        Assert.Contains("quantization_config", Assert.ThrowsExactly<NotSupportedException>(() => CLIPVisionConfig.FromFile(folder["config.json"])).Message);
    }

    [TestMethod]
    public void FromPretrained_OfTensorsThatDoNotFit_NamesThemAndLeavesNothing()
    {
        using var folder = new ScratchFolder();
        using (NewDisposeScope())
        {
            using var model = Load(Name);
            model.SavePretrained(folder.Path);
            var state = model.state_dict();
            state.Remove("vision_model.pre_layrnorm.bias");
            state["vision_model.encoder.layers.3.mlp.fc1.bias"] = zeros(37);
            state["vision_model.embeddings.class_embedding"] = zeros(31);
            SafetensorsWriter.Write(folder["model.safetensors"], state);
        }
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var error = Assert.ThrowsExactly<InvalidDataException>(() => CLIPVisionModel.FromPretrained(folder.Path));
        Assert.Contains("missing 'vision_model.pre_layrnorm.bias' [32]", error.Message);
        Assert.Contains("unexpected 'vision_model.encoder.layers.3.mlp.fc1.bias' [37]", error.Message);
        Assert.Contains("'vision_model.embeddings.class_embedding': expected [32], found [31]", error.Message);
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    [DataRow(ScalarType.Float16, 1e-2)]
    [DataRow(ScalarType.BFloat16, 8e-2)]
    public void Forward_InHalfPrecision_IsNearSinglePrecision(ScalarType dtype, double limit)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = CLIPVisionModel.FromPretrained(Recording.PathOf(Name, "model"), dtype);
        var expected = Recording.Tensors(Name, "output.safetensors")["pooler_output"];
        // Pictures of another type are converted.
        var pooled = model.forward(Pixels(Name)).PoolerOutput;
        Assert.AreEqual(dtype, pooled.dtype);
        TensorAssert.Close(expected, pooled, limit * TensorAssert.MaxMagnitude(expected));
    }

    [TestMethod]
    public void FromConfig_WithoutWeights_MakesTheOnesOfTheSeed()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        CLIPVisionModel Seeded()
        {
            manual_seed(4);
            return CLIPVisionModel.FromConfig(Tiny);
        }
        using var first = Seeded();
        using var second = Seeded();
        var pooled = first.forward(Pixels(Name)).PoolerOutput;
        Assert.IsTrue(pooled.isfinite().all().item<bool>());
        TensorAssert.Same(pooled, second.forward(Pixels(Name)).PoolerOutput);
        Assert.IsFalse(first.training);
        Assert.IsTrue(first.parameters().All(parameter => !parameter.requires_grad));
    }

    [TestMethod]
    public void Input_OfAnotherForm_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = Load(Name);
        void Refuses(string part, Tensor pixels)
        {
            Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => model.forward(pixels)).Message);
            Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => model.Encode(pixels)).Message);
        }
        Refuses("[batch, 3, 28, 28] (num_channels, image_size), found [3, 28, 28]", zeros(3, 28, 28));
        Refuses("found [2, 4, 28, 28]", zeros(2, 4, 28, 28));
        Refuses("found [2, 3, 28, 35]", zeros(2, 3, 28, 35));
        Refuses("found [0, 3, 28, 28]", zeros(0, 3, 28, 28));
        Refuses("floating-point numbers, found Byte", zeros([1, 3, 28, 28], ScalarType.Byte));
        Assert.ThrowsExactly<ArgumentNullException>(() => model.forward(null!));
    }

    [TestMethod]
    public void Config_NoModelCanBeBuiltFrom_IsRefused()
    {
        foreach (var (wrong, part) in new[]
        {
            (Tiny with { ModelType = "clip_text_model" }, "model_type clip_vision_model, found 'clip_text_model'"),
            (Tiny with { NumHiddenLayers = 0 }, "num_hidden_layers"),
            (Tiny with { NumAttentionHeads = 5 }, "hidden_size a multiple of num_attention_heads 5, found 32"),
            (Tiny with { PatchSize = 0 }, "patch_size"),
            (Tiny with { NumChannels = -1 }, "num_channels"),
            (Tiny with { ImageSize = 6 }, "image_size of patch_size 7 or more, found 6"),
            (Tiny with { HiddenAct = "nosuch" }, "nosuch"),
            (Tiny with { LayerNormEps = double.NaN }, "layer_norm_eps"),
            (Tiny with { ImageSize = int.MaxValue, PatchSize = 1 }, "image_size 2147483647"),
            (Tiny with { ImageSize = int.MaxValue, PatchSize = int.MaxValue }, "patch_size 2147483647"),
        })
            Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => CLIPVisionModel.FromConfig(wrong, META)).Message);
        Assert.ThrowsExactly<InsufficientMemoryException>(() => CLIPVisionModel.FromConfig(Tiny with { NumHiddenLayers = int.MaxValue }));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => CLIPVisionModel.FromConfig(Tiny with { ImageSize = 40_000, PatchSize = 1, HiddenSize = 1 << 20 }));
    }

    [TestMethod]
    public void Forward_Repeated_LeavesNoTensorBehind()
    {
        using var noGrad = no_grad();
        using var model = Load(Name);
        using var pixels = zeros(2, 3, 28, 28);
        using var wrong = zeros(2, 3, 27, 28);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 3; i++)
        {
            var (last, pooled) = model.forward(pixels);
            last.Dispose();
            pooled.Dispose();
            model.Encode(pixels).Dispose();
            foreach (var state in model.HiddenStates(pixels))
                state.Dispose();
        }
        Assert.ThrowsExactly<ArgumentException>(() => model.forward(wrong));
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    // image_encoder of Wan2.1-I2V-14B-480P-Diffusers: ViT-H/14. transformers' class with a projection has 1280 × 1024 more.
    [TestMethod]
    [DataRow("CLIPVisionModel")]
    [DataRow("CLIPVisionModelWithProjection")]
    public void FromConfigFile_AsPublished_HasThePublishedModelsWeights(string className)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["config.json"], $$"""
            {
              "_name_or_path": "laion/CLIP-ViT-H-14-laion2B-s32B-b79K", "architectures": ["{{className}}"], "attention_dropout": 0.0, "dropout": 0.0,
              "hidden_act": "gelu", "hidden_size": 1280, "image_size": 224, "initializer_factor": 1.0, "initializer_range": 0.02,
              "intermediate_size": 5120, "layer_norm_eps": 1e-05, "model_type": "clip_vision_model", "num_attention_heads": 16, "num_channels": 3,
              "num_hidden_layers": 32, "patch_size": 14, "projection_dim": 1024, "torch_dtype": "float32", "transformers_version": "4.49.0.dev0"
            }
            """);
        nn.Module? built = null;
        Assert.IsEmpty(Warnings.Of(() => built = ModelClasses.Find<nn.Module>(className, folder.Path).FromConfigFile(folder["config.json"], META, ScalarType.BFloat16)));
        using var model = (CLIPVisionModel)built!;
        Assert.AreEqual(632_076_800 - 1280 * 1024, model.parameters().Sum(parameter => parameter.numel()));
        using var pixels = zeros([1, 3, 224, 224], ScalarType.BFloat16, META);
        using var encoded = model.Encode(pixels);
        CollectionAssert.AreEqual(new long[] { 1, 257, 1280 }, encoded.shape);
    }

    private static CLIPVisionConfig Tiny => CLIPVisionConfig.FromFile(Recording.PathOf(Name, "model", "config.json"));

    private static CLIPVisionModel Load(string name) => CLIPVisionModel.FromPretrained(Recording.PathOf(name, "model"));

    private static Tensor Pixels(string name) => Recording.Tensors(name, "inputs.safetensors")["pixel_values"];
}
