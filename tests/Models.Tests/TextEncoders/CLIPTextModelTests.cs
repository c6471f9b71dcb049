using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class CLIPTextModelTests
{
    private const string Name = "clip-text-tiny";
    private const double Limit = 2e-5;

    [TestMethod]
    public void Forward_AsRecorded_IsTheRecorded()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Load();
        var ids = Recording.Tensors(Name, "inputs.safetensors")["input_ids"];
        var expected = Recording.Tensors(Name, "output.safetensors");

        var (last, pooled) = model.forward(ids);

        TensorAssert.Close(expected["last_hidden_state"], last, Limit, "last");
        TensorAssert.Close(expected["pooler_output"], pooled, Limit, "pooled");
        var states = model.HiddenStates(ids);
        Assert.HasCount(expected.Keys.Count(key => key.StartsWith("hidden_states.", StringComparison.Ordinal)), states);
        for (var i = 0; i < states.Count; i++)
            TensorAssert.Close(expected[$"hidden_states.{i}"], states[i], Limit, $"hidden state {i}");
    }

    [TestMethod]
    [DataRow(98, 2, 1)]
    [DataRow(7, 4, 0)] // the first of several, and the first token where there is none
    [DataRow(2, 2, 3)] // whatever has the highest id
    public void PoolerOutput_OfASequence_IsTheStateAtItsEnd(int end, int first, int second)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = CLIPTextModel.FromConfig(Tiny with { EosTokenId = end });
        var ids = tensor(new long[] { 97, 5, 98, 98, 7, 7, 97, 98, 2, 98, 3, 98 }, 2, 6);
        if (end == 2)
            ids = tensor(new long[] { 97, 5, 98, 98, 7, 7, 97, 2, 3, 98, 3, 98 }, 2, 6);

        var (last, pooled) = model.forward(ids);

        TensorAssert.Same(last[0, first], pooled[0]);
        TensorAssert.Same(last[1, second], pooled[1]);
    }

    [TestMethod]
    public void Forward_OfTheBeginning_IsTheBeginning()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Load();
        var ids = Recording.Tensors(Name, "inputs.safetensors")["input_ids"];
        var whole = model.forward(ids).LastHiddenState;
        foreach (var tokens in new[] { 1, 7, 19 })
            TensorAssert.Close(whole.narrow(1, 0, tokens), model.forward(ids.narrow(1, 0, tokens)).LastHiddenState, Limit, $"{tokens}");
    }

    [TestMethod]
    public void Forward_WithAMask_DoesNotLookAtWhatItHides()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Load();
        var mask = tensor(new long[] { 1, 1, 0, 1, 1, 0 }).unsqueeze(0);
        var shown = mask.unsqueeze(-1).to(ScalarType.Float32);
        Tensor Last(long hidden, Tensor? mask) => model.forward(tensor(new long[] { 97, 5, hidden, 8, 98, hidden }).unsqueeze(0), mask).LastHiddenState * shown;

        TensorAssert.Same(Last(11, mask), Last(12, mask));
        Assert.IsGreaterThan(1e-3, TensorAssert.MaxDifference(Last(11, null), Last(12, null)));
        TensorAssert.Close(Last(11, null), Last(11, ones([1, 6], ScalarType.Int64)), Limit);
        // A token that sees nothing, not even itself, is no trouble to others.
        Assert.IsTrue(model.forward(ones([1, 3], ScalarType.Int64), zeros([1, 3], ScalarType.Int64)).LastHiddenState.isfinite().all().item<bool>());
    }

    [TestMethod]
    public void SavePretrained_ThenFromPretrained_GivesTheSameModel()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = Load();
        model.SavePretrained(folder.Path);
        Assert.IsTrue(File.Exists(folder["model.safetensors"]));
        using var loaded = CLIPTextModel.FromPretrained(folder.Path);
        var ids = tensor(new long[] { 97, 6, 7, 98 }).unsqueeze(0);
        TensorAssert.Same(model.forward(ids).PoolerOutput, loaded.forward(ids).PoolerOutput);
        Assert.AreEqual(model.Config, loaded.Config);
    }

    [TestMethod]
    public void FromPretrained_OfAWholeCLIP_TakesTheTextEncoder()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = Load();
        model.SavePretrained(folder.Path);
        var state = model.state_dict();
        state["text_model.embeddings.position_ids"] = TensorArithmetic.Range(20, ScalarType.Int64).unsqueeze(0);
        state["vision_model.post_layernorm.weight"] = zeros(3);
        state["visual_projection.weight"] = zeros(3, 3);
        state["text_projection.weight"] = zeros(3, 3);
        state["logit_scale"] = zeros([]);
        SafetensorsWriter.Write(folder["model.safetensors"], state);

        using var loaded = CLIPTextModel.FromPretrained(folder.Path);

        foreach (var (key, value) in model.state_dict())
            TensorAssert.Same(value, loaded.state_dict()[key], key);
    }

    [TestMethod]
    [DataRow(ScalarType.Float16, 1e-2)]
    [DataRow(ScalarType.BFloat16, 8e-2)]
    public void Forward_InHalfPrecision_IsNearSinglePrecision(ScalarType dtype, double limit)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = CLIPTextModel.FromPretrained(Recording.PathOf(Name, "model"), dtype);
        var expected = Recording.Tensors(Name, "output.safetensors")["pooler_output"];
        var pooled = model.forward(Recording.Tensors(Name, "inputs.safetensors")["input_ids"]).PoolerOutput;
        Assert.AreEqual(dtype, pooled.dtype);
        TensorAssert.Close(expected, pooled, limit * TensorAssert.MaxMagnitude(expected));
    }

    [TestMethod]
    public void FromConfig_WithGelu_DiffersFromQuickGelu()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var quick = Load();
        using var folder = new ScratchFolder();
        quick.SavePretrained(folder.Path);
        File.WriteAllText(folder["config.json"], (Tiny with { HiddenAct = "gelu" }).ToJson());
        using var gelu = CLIPTextModel.FromPretrained(folder.Path);
        var ids = tensor(new long[] { 97, 6, 7, 98 }).unsqueeze(0);
        Assert.IsInRange(1e-4, 1, TensorAssert.MaxDifference(quick.forward(ids).LastHiddenState, gelu.forward(ids).LastHiddenState));
    }

    [TestMethod]
    public void Input_OfAnotherForm_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = Load();
        void Refuses(string part, Tensor ids, Tensor? mask = null) =>
            Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => model.forward(ids, mask)).Message);
        Refuses("[batch, tokens] of Int64, got [3]", ones([3], ScalarType.Int64));
        Refuses("0 to 98, got 1 to 99", tensor(new long[] { 1, 99 }).unsqueeze(0));
        Refuses("at most 20 tokens (max_position_embeddings), got 21", ones([1, 21], ScalarType.Int64));
        Refuses("a mask [1, 3] as the ids, got [3, 1]", ones([1, 3], ScalarType.Int64), ones([3, 1], ScalarType.Int64));
    }

    [TestMethod]
    public void Config_NoModelCanBeBuiltFrom_IsRefused()
    {
        foreach (var (wrong, part) in new[]
        {
            (Tiny with { ModelType = "clip" }, "model_type clip_text_model, found 'clip'"),
            (Tiny with { NumHiddenLayers = 0 }, "num_hidden_layers"),
            (Tiny with { NumAttentionHeads = 5 }, "hidden_size a multiple of num_attention_heads 5, found 32"),
            (Tiny with { MaxPositionEmbeddings = -1 }, "max_position_embeddings"),
            (Tiny with { HiddenAct = "nosuch" }, "nosuch"),
            (Tiny with { LayerNormEps = double.NaN }, "layer_norm_eps"),
        })
            Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => CLIPTextModel.FromConfig(wrong)).Message);
        Assert.ThrowsExactly<InsufficientMemoryException>(() => CLIPTextModel.FromConfig(Tiny with { NumHiddenLayers = int.MaxValue }));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => CLIPTextModel.FromConfig(Tiny with { MaxPositionEmbeddings = int.MaxValue, HiddenSize = 1 << 20 }));
    }

    [TestMethod]
    public void Forward_Repeated_LeavesNoTensorBehind()
    {
        using var noGrad = no_grad();
        using var model = Load();
        using var ids = ones([2, 7], ScalarType.Int64);
        using var mask = ones([2, 7], ScalarType.Int64);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 3; i++)
        {
            var (last, pooled) = model.forward(ids, mask);
            last.Dispose();
            pooled.Dispose();
        }
        using var tooMany = ones([1, 21], ScalarType.Int64);
        Assert.ThrowsExactly<ArgumentException>(() => model.forward(tooMany));
        Assert.AreEqual(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static CLIPTextModelConfig Tiny => CLIPTextModelConfig.FromFile(Recording.PathOf(Name, "model", "config.json"));

    private static CLIPTextModel Load() => CLIPTextModel.FromPretrained(Recording.PathOf(Name, "model"));
}
