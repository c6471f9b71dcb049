using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class VideoAutoencoderRecordingTests
{
    private const double Limit = 1e-4;

    private static IEnumerable<object[]> Decodings => RecordedVideoAutoencoder.Names("decode");

    private static IEnumerable<object[]> Encodings => RecordedVideoAutoencoder.Names("encode");

    [TestMethod]
    [DynamicData(nameof(Decodings))]
    public void Decode_AsRecorded_GivesTheRecordedVideo(string folder, string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedVideoAutoencoder.Load(folder, "decode", name);
        var tensors = Recording.Tensors(folder, name + ".safetensors");
        var sample = tensors.TryGetValue("temb", out var temb)
            ? ((AutoencoderKLLTXVideo)model).Decode(tensors["z"], temb)
            : model.Decode(tensors["z"]);
        TensorAssert.Close(tensors["sample"], sample, Limit, name);
    }

    [TestMethod]
    [DynamicData(nameof(Encodings))]
    public void Encode_AsRecorded_GivesTheRecordedMoments(string folder, string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedVideoAutoencoder.Load(folder, "encode", name);
        var tensors = Recording.Tensors(folder, name + ".safetensors");
        using var posterior = model.Encode(tensors["x"]);
        TensorAssert.Close(tensors["moments"], posterior.Moments, Limit, name);
        TensorAssert.Close(tensors["mode"], posterior.Mode(), Limit, name);
        TensorAssert.Close(tensors["std"], posterior.Std, Limit, name);
    }

    [TestMethod]
    [DataRow("vae-ltx-tiny", "decode_tiled")]
    [DataRow("vae-hunyuan-tiny", "decode_tiled")]
    [DataRow("vae-mochi-tiny", "decode_tiled")]
    [DataRow("vae-ltx-tiny", "decode_framewise")]
    [DataRow("vae-hunyuan-tiny", "decode_framewise")]
    public void Tiles_OfARecording_MakeADifference(string folder, string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedVideoAutoencoder.Load(folder);
        if (model is FramewiseAutoencoder framewise)
            framewise.UseFramewiseDecoding = false;
        var tensors = Recording.Tensors(folder, name + ".safetensors");
        Assert.IsGreaterThan(0.1, TensorAssert.MaxDifference(tensors["sample"], model.Decode(tensors["z"])));
    }

    [TestMethod]
    [DataRow("vae-ltx-tiny", "decode_f2")]
    [DataRow("vae-ltx091-tiny", "decode_f2_t005")]
    [DataRow("vae-hunyuan-tiny", "decode_f2")]
    [DataRow("vae-mochi-tiny", "decode_f2")]
    public void Decode_InHalfPrecision_IsNearSinglePrecision(string folder, string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedVideoAutoencoder.Load(folder, ScalarType.BFloat16);
        var tensors = Recording.Tensors(folder, name + ".safetensors");
        var video = model.DecodeAny(tensors["z"].to(ScalarType.BFloat16));
        Assert.AreEqual(ScalarType.BFloat16, video.dtype);
        TensorAssert.Close(tensors["sample"], video, 0.08 * TensorAssert.MaxMagnitude(tensors["sample"]));
    }
}
