using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class T5EncoderModelTests
{
    private const double Limit = 2e-5;

    private static IEnumerable<string> Cases => ["t5-v1_1-tiny", "t5-relu-tiny", "umt5-tiny"];

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void HiddenStates_AsRecorded_AreTheRecorded(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Load(name);
        var inputs = Recording.Tensors(name, "inputs.safetensors");
        var expected = Recording.Tensors(name, "output.safetensors");
        var (ids, mask) = (inputs["input_ids"], inputs["attention_mask"]);
        var shown = mask.unsqueeze(-1).to(ScalarType.Float32);

        TensorAssert.Close(expected["last_hidden_state"] * shown, model.forward(ids, mask) * shown, Limit, "last");
        TensorAssert.Close(expected["last_hidden_state_no_mask"], model.forward(ids), Limit, "no mask");
        var states = model.HiddenStates(ids, mask);
        Assert.HasCount(expected.Keys.Count(key => key.StartsWith("hidden_states.", StringComparison.Ordinal)), states);
        for (var i = 0; i < states.Count; i++)
            TensorAssert.Close(expected[$"hidden_states.{i}"] * shown, states[i] * shown, Limit, $"hidden state {i}");
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void SavePretrained_ThenFromPretrained_GivesTheSameModel(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = Load(name);
        model.SavePretrained(folder.Path);
        Assert.IsTrue(File.Exists(Path.Combine(folder.Path, "model.safetensors")));
        using var loaded = T5EncoderModel.FromPretrained(folder.Path);
        var ids = tensor(new long[] { 5, 6, 7, 1 }).unsqueeze(0);
        TensorAssert.Same(model.forward(ids), loaded.forward(ids));
        Assert.AreEqual(model.Config, loaded.Config);
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void FromPretrained_OfAWholeT5_TakesTheEncoder(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        File.Copy(Recording.PathOf(name, "model", "config.json"), folder["config.json"]);
        using (var file = SafetensorsFile.Open(Recording.PathOf(name, "model", "model.safetensors")))
        {
            var tensors = file.Entries.Keys.ToDictionary(key => key, key => file.ReadTensor(key));
            tensors["encoder.embed_tokens.weight"] = tensors["shared.weight"].clone();
            tensors["decoder.embed_tokens.weight"] = zeros(3, 3);
            tensors["decoder.block.0.layer.0.SelfAttention.q.weight"] = zeros(3, 3);
            tensors["lm_head.weight"] = zeros(3, 3);
            tensors.Remove("shared.weight");
            SafetensorsWriter.Write(folder["model.safetensors"], tensors);
        }

        using var expected = Load(name);
        using var model = T5EncoderModel.FromPretrained(folder.Path);

        foreach (var (key, value) in expected.state_dict())
            TensorAssert.Same(value, model.state_dict()[key], key);
    }

    [TestMethod]
    [DataRow(ScalarType.Float16, 1e-2)]
    [DataRow(ScalarType.BFloat16, 8e-2)]
    public void Forward_InHalfPrecision_IsNearSinglePrecision(ScalarType dtype, double limit)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = T5EncoderModel.FromPretrained(Recording.PathOf("t5-v1_1-tiny", "model"), dtype);
        var inputs = Recording.Tensors("t5-v1_1-tiny", "inputs.safetensors");
        var expected = Recording.Tensors("t5-v1_1-tiny", "output.safetensors")["last_hidden_state_no_mask"];
        var actual = model.forward(inputs["input_ids"]);
        Assert.AreEqual(dtype, actual.dtype);
        TensorAssert.Close(expected, actual, limit * TensorAssert.MaxMagnitude(expected));
        // The projection that overflows float16 is held in float32.
        var wo = model.state_dict()["encoder.block.0.layer.1.DenseReluDense.wo.weight"];
        Assert.AreEqual(dtype == ScalarType.Float16 ? ScalarType.Float32 : dtype, wo.dtype);
    }

    [TestMethod]
    public void FromPretrained_OfACheckpointWithTheEmbeddingTwice_TakesItOnce()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = Load("t5-relu-tiny");
        model.SavePretrained(folder.Path);
        var state = model.state_dict();
        state["encoder.embed_tokens.weight"] = state["shared.weight"];
        SafetensorsWriter.Write(Path.Combine(folder.Path, "model.safetensors"), state);
        using var loaded = T5EncoderModel.FromPretrained(folder.Path);
        TensorAssert.Same(state["shared.weight"], loaded.state_dict()["shared.weight"]);
    }

    [TestMethod]
    public void FromPretrained_OfACheckpointWithTheEmbeddingUnderItsOtherName_TakesIt()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = Load("t5-relu-tiny");
        model.SavePretrained(folder.Path);
        var state = model.state_dict();
        state.Remove("shared.weight", out var embedding);
        state["encoder.embed_tokens.weight"] = embedding!;
        SafetensorsWriter.Write(Path.Combine(folder.Path, "model.safetensors"), state);
        var told = new List<LoadProgress>();
        using var loaded = T5EncoderModel.FromPretrained(folder.Path, progress: new Reporter<LoadProgress>(told.Add));
        TensorAssert.Same(embedding!, loaded.state_dict()["shared.weight"]);
        Assert.AreEqual(told[^1].BytesTotal, told[^1].BytesRead);

        state.Remove("encoder.embed_tokens.weight");
        SafetensorsWriter.Write(Path.Combine(folder.Path, "model.safetensors"), state);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => T5EncoderModel.FromPretrained(folder.Path));
        Assert.Contains("missing 'shared.weight'", error.Message);
    }

    [TestMethod]
    public void Input_OfAnotherForm_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = Load("t5-relu-tiny");
        void Refuses(string part, Tensor ids, Tensor? mask = null) =>
            Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => model.forward(ids, mask)).Message);
        Refuses("[batch, tokens] of Int64, got [3]", ones([3], ScalarType.Int64));
        Refuses("of Float32", ones(1, 3));
        Refuses("got [1, 0]", ones([1, 0], ScalarType.Int64));
        Refuses("0 to 96, got 1 to 97", tensor(new long[] { 1, 97 }).unsqueeze(0));
        Refuses("got -1 to 2", tensor(new long[] { -1, 2 }).unsqueeze(0));
        Refuses("a mask [1, 3] as the ids, got [1, 2]", ones([1, 3], ScalarType.Int64), ones([1, 2], ScalarType.Int64));
    }

    [TestMethod]
    public void Config_NoModelCanBeBuiltFrom_IsRefused()
    {
        using var model = Load("t5-relu-tiny");
        var config = model.Config;
        foreach (var (wrong, part) in new[]
        {
            (config with { ModelType = "bert" }, "'bert'"),
            (config with { NumLayers = 0 }, "num_layers"),
            (config with { RelativeAttentionNumBuckets = 3 }, "relative_attention_num_buckets"),
            (config with { RelativeAttentionMaxDistance = 2 }, "relative_attention_max_distance"),
            (config with { FeedForwardProj = "gated-nosuch" }, "nosuch"),
        })
        {
            Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => T5EncoderModel.FromConfig(wrong)).Message);
        }

        using var folder = new ScratchFolder();
        var path = Path.Combine(folder.Path, "config.json");
        File.WriteAllText(path, """{ "num_layers": "three" }""");
        Assert.Contains("num_layers", Assert.ThrowsExactly<InvalidDataException>(() => T5EncoderModelConfig.FromFile(path)).Message);
        File.WriteAllText(path, "[]");
        Assert.Contains("not a JSON object", Assert.ThrowsExactly<InvalidDataException>(() => T5EncoderModelConfig.FromFile(path)).Message);
    }

    [TestMethod]
    public void Forward_InADefaultTypeOfFloat16_HoldsTheSameProjectionInSinglePrecision()
    {
        var before = get_default_dtype();
        set_default_dtype(ScalarType.Float16);
        try
        {
            using var scope = NewDisposeScope();
            using var model = Load("t5-v1_1-tiny");
            var state = model.state_dict();
            Assert.AreEqual(ScalarType.Float16, state["shared.weight"].dtype);
            Assert.AreEqual(ScalarType.Float32, state["encoder.block.0.layer.1.DenseReluDense.wo.weight"].dtype);
        }
        finally
        {
            set_default_dtype(before);
        }
    }

    // The buckets follow from the formula of transformers' _relative_position_bucket, worked out apart from the code here.
    [TestMethod]
    [DataRow(32, 128, new[] { 0, -1, -7, -8, -11, -12, -16, -32, -64, -127, -200, 1, 8, 90, 91, 128 }, new[] { 0, 1, 7, 8, 8, 9, 10, 12, 14, 15, 15, 17, 24, 30, 31, 31 })]
    [DataRow(7, 16, new[] { 0, -1, -3, -4, -15, 1, 4, 15 }, new[] { 0, 1, 1, 2, 2, 4, 5, 5 })]
    [DataRow(6, 9, new[] { 0, -1, -2, -4, -9, 1, 2, 4, 9 }, new[] { 0, 1, 1, 2, 2, 4, 4, 5, 5 })]
    public void Bias_ByDistance_IsThatOfItsBucket(int count, int farthest, int[] distances, int[] buckets)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var config = new T5EncoderModelConfig
        {
            DModel = 4,
            NumHeads = 1,
            RelativeAttentionNumBuckets = count,
            RelativeAttentionMaxDistance = farthest,
        };
        config.Check();
        using var attention = new T5Attention(config, hasBias: true, device: null, dtype: null);
        attention.state_dict()["relative_attention_bias.weight"].copy_(TensorArithmetic.Range(count).unsqueeze(1));
        var bias = attention.Bias(distances.Max(Math.Abs) + 1, mask: null)!; // [1, 1, query, key]
        var found = distances.Select(distance => (int)bias[0, 0, Math.Max(-distance, 0), Math.Max(distance, 0)].item<float>());
        CollectionAssert.AreEqual(buckets, found.ToArray());
    }

    [TestMethod]
    [DataRow("t5-v1_1-tiny")]
    [DataRow("umt5-tiny")]
    public void Forward_Repeated_LeavesNoTensorBehind(string name)
    {
        using var noGrad = no_grad();
        using var model = Load(name);
        using var ids = ones([2, 7], ScalarType.Int64);
        using var mask = ones([2, 7], ScalarType.Int64);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 3; i++)
            model.forward(ids, mask).Dispose();
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static T5EncoderModel Load(string name) => T5EncoderModel.FromPretrained(Recording.PathOf(name, "model"));
}
