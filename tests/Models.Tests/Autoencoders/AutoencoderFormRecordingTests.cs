using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class AutoencoderFormRecordingTests
{
    private static IEnumerable<object[]> Decodings => RecordedAutoencoder.Entries("decode");

    private static IEnumerable<object[]> Encodings => RecordedAutoencoder.Entries("encode");

    [TestMethod]
    [DynamicData(nameof(Decodings))]
    public void Decode_AsRecorded_GivesTheRecordedSample(string folder, string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedAutoencoder.Load(folder, "decode", name);
        var tensors = Recording.Tensors(folder, name + ".safetensors");
        TensorAssert.Close(tensors["sample"], model.Decode(tensors["z"]), model is AutoencoderKLAllegro ? 2e-4 : 1e-4, name);
    }

    [TestMethod]
    [DynamicData(nameof(Encodings))]
    public void Encode_AsRecorded_GivesTheRecordedMoments(string folder, string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedAutoencoder.Load(folder, "encode", name);
        var tensors = Recording.Tensors(folder, name + ".safetensors");
        using var posterior = model.Encode(tensors["x"]);
        TensorAssert.Close(tensors["moments"], posterior.Moments, 1e-4, name);
        TensorAssert.Close(tensors["mode"], posterior.Mean, 1e-4, name);
        TensorAssert.Close(tensors["std"], posterior.Std, 1e-4, name);
    }
}
