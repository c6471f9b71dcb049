using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class VariantTests
{
    private const string Base = "diffusion_pytorch_model";

    [TestMethod]
    [DataRow("{0}.safetensors.index.fp16.json", "{0}.fp16-{1}.safetensors")]
    [DataRow("{0}.safetensors.fp16.index.json", "{0}-{1}.fp16.safetensors")]
    public void FromPretrained_OfAVariantInShards_GivesTheSameModel(string index, string shard)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = Folder();
        WriteShards(folder, string.Format(null, index, Base), i => string.Format(null, shard, Base, $"{i:D5}-of-00002"));

        AssertSame(folder.Path, null);
        AssertSame(folder.Path, "fp16");
        Assert.Contains("'bf16'", Missing(folder.Path, "bf16"));
    }

    [TestMethod]
    public void FromPretrained_OfAPlainSetBesideAVariant_TakesThePlainOneOrTheOneAskedFor()
    {
        using var scope = NewDisposeScope();
        using var folder = Folder();
        var source = Recording.PathOf("cogvideox-2b-tiny", "model", $"{Base}.safetensors");
        File.Copy(source, folder[$"{Base}.safetensors"]);
        using (var file = SafetensorsFile.Open(source))
            SafetensorsWriter.Write(folder[$"{Base}.fp16.safetensors"], file.Entries.Keys.ToDictionary(name => name, name => file.ReadTensor(name).Times(2)));

        AssertSame(folder.Path, null);
        using var plain = CogVideoXTransformer3DModel.FromPretrained(folder.Path);
        using var variant = CogVideoXTransformer3DModel.FromPretrained(folder.Path, variant: "fp16");
        TensorAssert.Same(plain.state_dict()["proj_out.bias"].Times(2), variant.state_dict()["proj_out.bias"]);
    }

    [TestMethod]
    public void FromPretrained_OfTwoVariantsAndNoPlainSet_AsksForOne()
    {
        using var folder = Folder();
        foreach (var variant in new[] { "fp16", "bf16" })
            File.Copy(Recording.PathOf("cogvideox-2b-tiny", "model", $"{Base}.safetensors"), folder[$"{Base}.{variant}.safetensors"]);
        var message = Missing(folder.Path, null);
        Assert.Contains("bf16, fp16", message);
        AssertSame(folder.Path, "bf16");
    }

    [TestMethod]
    [DataRow("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 134\n", "git-LFS pointer")]
    [DataRow("<!DOCTYPE html><html><head><title>Sign in</title></head></html>", "web page")]
    [DataRow("\n  <html lang=\"en\">", "web page")]
    [DataRow("PK\u0003\u0004 archive/data.pkl", "zip archive")]
    public void FromPretrained_OfWhatLiesInPlaceOfWeights_CallsItThat(string content, string expected)
    {
        using var folder = Folder();
        File.WriteAllText(folder[$"{Base}.safetensors"], content);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => CogVideoXTransformer3DModel.FromPretrained(folder.Path));
        Assert.Contains(expected, error.Message);
        Assert.Contains(folder[$"{Base}.safetensors"], error.Message);
    }

    [TestMethod]
    [DataRow("null", true)]
    [DataRow("{}", true)]
    [DataRow("{\"format\": \"pt\"}", true)]
    [DataRow("{\"format\": 3}", false)]
    [DataRow("7", false)]
    public void Open_OfMetadataAsOthersWriteIt_ReadsIt(string metadata, bool reads)
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        var header = System.Text.Encoding.UTF8.GetBytes($$"""{"__metadata__": {{metadata}}, "x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} }""");
        File.WriteAllBytes(folder["x.safetensors"], [.. BitConverter.GetBytes((long)header.Length), .. header, .. BitConverter.GetBytes(1.5f)]);
        if (!reads)
        {
            Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.Open(folder["x.safetensors"]));
            return;
        }
        using var file = SafetensorsFile.Open(folder["x.safetensors"]);
        Assert.AreEqual(1.5f, file.ReadTensor("x").data<float>()[0]);
    }

    private static ScratchFolder Folder()
    {
        var folder = new ScratchFolder();
        File.Copy(Recording.PathOf("cogvideox-2b-tiny", "model", "config.json"), folder["config.json"]);
        return folder;
    }

    private static string Missing(string folder, string? variant) =>
        Assert.ThrowsExactly<FileNotFoundException>(() => CogVideoXTransformer3DModel.FromPretrained(folder, variant: variant)).Message;

    private static void AssertSame(string folder, string? variant)
    {
        using var scope = NewDisposeScope();
        using var model = CogVideoXTransformer3DModel.FromPretrained(folder, variant: variant);
        using var whole = SafetensorsFile.Open(Recording.PathOf("cogvideox-2b-tiny", "model", $"{Base}.safetensors"));
        foreach (var (name, value) in model.state_dict())
            TensorAssert.Same(whole.ReadTensor(name), value, name);
    }

    private static void WriteShards(ScratchFolder folder, string index, Func<int, string> shard)
    {
        using var whole = SafetensorsFile.Open(Recording.PathOf("cogvideox-2b-tiny", "model", $"{Base}.safetensors"));
        var map = new Dictionary<string, string>();
        foreach (var (i, names) in whole.Entries.Keys.Order(StringComparer.Ordinal).Chunk((whole.Entries.Count + 1) / 2).Index())
        {
            SafetensorsWriter.Write(folder[shard(i + 1)], names.ToDictionary(name => name, name => whole.ReadTensor(name)));
            foreach (var name in names)
                map[name] = shard(i + 1);
        }
        File.WriteAllText(folder[index], JsonSerializer.Serialize(new { metadata = new { total_size = 1 }, weight_map = map }));
    }
}
