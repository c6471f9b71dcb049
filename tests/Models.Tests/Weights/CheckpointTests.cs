using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class CheckpointTests
{
    private const string Weights = "diffusion_pytorch_model.safetensors";

    [TestMethod]
    public void FromPretrained_OfShards_GivesTheSameModel()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        WriteShards(folder);
        var reports = new List<LoadProgress>();

        using var model = CogVideoXTransformer3DModel.FromPretrained(folder.Path, progress: new Collect(reports));

        using var whole = SafetensorsFile.Open(Recording.PathOf("cogvideox-2b-tiny", "model", Weights));
        var state = model.state_dict();
        CollectionAssert.AreEquivalent(whole.Entries.Keys.ToArray(), state.Keys);
        foreach (var (name, value) in state)
            TensorAssert.Same(whole.ReadTensor(name), value, name);
        var total = whole.Entries.Values.Sum(entry => entry.Length);
        Assert.AreEqual(new LoadProgress(null, 0, total), reports[0]);
        Assert.AreEqual(new LoadProgress(null, total, total), reports[^1]);
        CollectionAssert.AreEqual(reports.OrderBy(report => report.BytesRead).ToArray(), reports);
        Assert.IsFalse(model.training);
    }

    [TestMethod]
    public void FromPretrained_InAnotherType_Converts()
    {
        using var scope = NewDisposeScope();
        var folder = Recording.PathOf("cogvideox-5b-tiny", "model");

        using var model = CogVideoXTransformer3DModel.FromPretrained(folder, ScalarType.BFloat16);

        using var file = SafetensorsFile.Open(Path.Combine(folder, Weights));
        foreach (var (name, value) in model.state_dict())
            TensorAssert.Same(file.ReadTensor(name).to(ScalarType.BFloat16), value, name);
    }

    [TestMethod]
    public void SavePretrained_ThenFromPretrained_GivesTheSameModel()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        var config = TinyModels.Learned with { NormElementwiseAffine = false, ActivationFn = "gelu" };
        using var model = CogVideoXTransformer3DModel.FromConfig(config);

        model.SavePretrained(folder.Path);
        using var loaded = CogVideoXTransformer3DModel.FromPretrained(folder.Path);

        Assert.AreEqual(config, loaded.Config);
        Assert.IsTrue(loaded.state_dict().ContainsKey("patch_embed.pos_embedding"));
        foreach (var (name, value) in model.state_dict())
            TensorAssert.Same(value, loaded.state_dict()[name], name);
    }

    [TestMethod]
    public void Load_OfWeightsThatDoNotFit_NamesAllAndChangesNothing()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = CogVideoXTransformer3DModel.FromConfig(TinyModels.Sincos);
        var before = model.state_dict().ToDictionary(item => item.Key, item => item.Value.clone());
        var state = model.state_dict();
        state.Remove("proj_out.bias");
        state["norm_final.weight"] = zeros(5);
        state["added.weight"] = zeros(2, 3);
        SafetensorsWriter.Write(folder[Weights], state);

        var message = Assert.ThrowsExactly<InvalidDataException>(() => WeightLoader.Load(model, folder.Path)).Message;

        StringAssert.Contains(message, "3 tensors do not fit");
        StringAssert.Contains(message, "missing 'proj_out.bias' [16]");
        StringAssert.Contains(message, "'norm_final.weight': expected [32], found [5]");
        StringAssert.Contains(message, "unexpected 'added.weight' [2, 3]");
        foreach (var (name, value) in model.state_dict())
            TensorAssert.Same(before[name], value, name);
    }

    [TestMethod]
    public void Load_OfAnotherModel_ListsTheFirstTwenty()
    {
        using var folder = new ScratchFolder();
        using var model = CogVideoXTransformer3DModel.FromConfig(TinyModels.Sincos);
        SafetensorsWriter.Write(folder[Weights], []);

        var message = Assert.ThrowsExactly<InvalidDataException>(() => WeightLoader.Load(model, folder.Path)).Message;

        StringAssert.Contains(message, $"and {model.state_dict().Count - 20} more");
    }

    [TestMethod]
    public void Load_Cancelled_Stops()
    {
        using var model = CogVideoXTransformer3DModel.FromConfig(TinyModels.Sincos);

        Assert.ThrowsExactly<OperationCanceledException>(() => WeightLoader.Load(
            model, Recording.PathOf("cogvideox-2b-tiny", "model"), cancellationToken: new CancellationToken(canceled: true)));
    }

    [TestMethod]
    public void Open_OfAMissingShard_NamesIt()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        WriteShards(folder);
        File.Delete(folder["part-2.safetensors"]);

        var error = Assert.ThrowsExactly<FileNotFoundException>(() => SafetensorsCheckpoint.Open(folder.Path));

        StringAssert.Contains(error.Message, "shard 'part-2.safetensors' is missing");
    }

    [TestMethod]
    [DataRow("../part-1.safetensors")]
    [DataRow("/etc/passwd")]
    [DataRow("..")]
    [DataRow("sub\\\\part.safetensors")]
    [DataRow("C:part.safetensors")]
    [DataRow("part\\u0000.safetensors")]
    [DataRow("")]
    public void Open_OfAnIndexThatLeadsElsewhere_IsRefused(string shard)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder[Weights + ".index.json"], $$$"""{"weight_map": {"x": "{{{shard}}}"}}""");

        var error = Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsCheckpoint.Open(folder.Path));

        StringAssert.Contains(error.Message, "tensor 'x'");
    }

    [TestMethod]
    [DataRow("{}")]
    [DataRow("[]")]
    [DataRow("{\"weight_map\": 3}")]
    [DataRow("{\"weight_map\": {\"x\": 3}}")]
    [DataRow("{\"weight_map\": {\"x\": \"a.safetensors\", \"x\": \"b.safetensors\"}}")]
    [DataRow("{\"weight_map\": {\"\\ud800\": \"a.safetensors\"}}")]
    [DataRow("no json")]
    public void Open_OfAMalformedIndex_SaysSo(string index)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder[Weights + ".index.json"], index);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsCheckpoint.Open(folder.Path));

        StringAssert.Contains(error.Message, "weight_map");
    }

    [TestMethod]
    public void Open_WhereIndexAndShardsDisagree_NamesTheTensor()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        SafetensorsWriter.Write(folder["a.safetensors"], new Dictionary<string, Tensor> { ["x"] = zeros(1), ["y"] = zeros(1) });

        File.WriteAllText(folder["m.safetensors.index.json"], """{"weight_map": {"x": "a.safetensors"}}""");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsCheckpoint.Open(folder.Path)).Message, "'y'");

        File.WriteAllText(folder["m.safetensors.index.json"], """{"weight_map": {"x": "a.safetensors", "y": "a.safetensors", "z": "a.safetensors"}}""");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsCheckpoint.Open(folder.Path)).Message, "'z'");
    }

    [TestMethod]
    public void Open_OfATensorInTwoShards_NamesBoth()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        SafetensorsWriter.Write(folder["a.safetensors"], new Dictionary<string, Tensor> { ["x"] = zeros(1) });
        SafetensorsWriter.Write(folder["b.safetensors"], new Dictionary<string, Tensor> { ["x"] = zeros(1), ["y"] = zeros(1) });
        File.WriteAllText(folder["m.safetensors.index.json"], """{"weight_map": {"x": "a.safetensors", "y": "b.safetensors"}}""");

        var message = Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsCheckpoint.Open(folder.Path)).Message;

        StringAssert.Contains(message, folder["b.safetensors"]);
        StringAssert.Contains(message, "tensor 'x': expected in 'a.safetensors'");
    }

    [TestMethod]
    public void Load_OfIntegersForWeights_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = nn.Linear(3, 2);
        SafetensorsWriter.Write(folder[Weights], new Dictionary<string, Tensor>
        {
            ["weight"] = zeros(2, 3, dtype: ScalarType.Int8),
            ["bias"] = zeros(2, dtype: ScalarType.Float16),
        });

        var message = Assert.ThrowsExactly<InvalidDataException>(() => WeightLoader.Load(model, folder.Path)).Message;

        StringAssert.Contains(message, "1 tensor does not fit");
        StringAssert.Contains(message, "'weight': expected a type that converts to Float32, found I8");
    }

    [TestMethod]
    public void SavePretrained_OverShards_IsWhatIsReadNext()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        WriteShards(folder);
        using var model = CogVideoXTransformer3DModel.FromPretrained(folder.Path);
        model.state_dict()["proj_out.bias"].zero_().Plus_(3);

        model.SavePretrained(folder.Path);

        using var again = CogVideoXTransformer3DModel.FromPretrained(folder.Path);
        Assert.IsTrue(again.state_dict()["proj_out.bias"].IsEqual(3).all().item<bool>());
    }

    [TestMethod]
    public void Open_OfAFolder_FindsItsWeights()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        StringAssert.Contains(Assert.ThrowsExactly<FileNotFoundException>(() => SafetensorsCheckpoint.Open(folder.Path)).Message, folder.Path);

        var one = new Dictionary<string, Tensor> { ["x"] = zeros(1) };
        SafetensorsWriter.Write(folder["b.safetensors"], one);
        using (var checkpoint = SafetensorsCheckpoint.Open(folder.Path))
            CollectionAssert.AreEqual(new[] { "x" }, checkpoint.Names.ToArray());

        SafetensorsWriter.Write(folder["a.safetensors"], one);
        StringAssert.Contains(
            Assert.ThrowsExactly<FileNotFoundException>(() => SafetensorsCheckpoint.Open(folder.Path)).Message, "a.safetensors, b.safetensors");

        SafetensorsWriter.Write(folder[Weights], one);
        using (var checkpoint = SafetensorsCheckpoint.Open(folder.Path))
            Assert.AreEqual(folder[Weights], checkpoint.Path);
    }

    private static void WriteShards(ScratchFolder folder)
    {
        var source = Recording.PathOf("cogvideox-2b-tiny", "model");
        File.Copy(Path.Combine(source, "config.json"), folder["config.json"]);
        using var whole = SafetensorsFile.Open(Path.Combine(source, Weights));
        var map = new Dictionary<string, string>();
        foreach (var (part, names) in whole.Entries.Keys.Chunk(30).Index())
        {
            var shard = $"part-{part + 1}.safetensors";
            SafetensorsWriter.Write(folder[shard], names.ToDictionary(name => name, name => whole.ReadTensor(name)));
            foreach (var name in names)
                map.Add(name, shard);
        }

        File.WriteAllText(
            folder[Weights + ".index.json"], JsonSerializer.Serialize(new { metadata = new { total_size = 1 }, weight_map = map }));
    }

    private sealed class Collect(List<LoadProgress> reports) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => reports.Add(value);
    }
}
