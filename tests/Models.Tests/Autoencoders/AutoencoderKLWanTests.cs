using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class AutoencoderKLWanTests
{
    private static readonly AutoencoderKLWanConfig Tiny = new()
    {
        BaseDim = 4,
        ZDim = 2,
        DimMult = [1, 2, 2],
        NumResBlocks = 1,
        TemperalDownsample = [true, true],
        ScaleFactorSpatial = 4,
    };

    private static readonly AutoencoderKLWanConfig Residual = Tiny with
    {
        IsResidual = true,
        DecoderBaseDim = 8,
        PatchSize = 2,
        InChannels = 12,
        OutChannels = 12,
        ScaleFactorSpatial = 8,
    };

    [TestMethod]
    [DataRow(1, 1, 1)]
    [DataRow(4, 1, 1)]
    [DataRow(5, 2, 5)]
    [DataRow(8, 2, 5)]
    [DataRow(13, 4, 13)]
    public void Encode_OfAnyFrames_LeavesOutWhatIsOver(int frames, int latentFrames, int decodedFrames)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var config in (AutoencoderKLWanConfig[])[Tiny, Residual])
        {
            using var model = New(config);
            var (rows, columns) = (2 * model.SpatialCompressionRatio, 3 * model.SpatialCompressionRatio);
            var sample = randn([1, 3, frames, rows, columns]);
            using var posterior = model.Encode(sample);
            CollectionAssert.AreEqual(new long[] { 1, 2, latentFrames, 2, 3 }, posterior.Mean.shape);
            CollectionAssert.AreEqual(new long[] { 1, 3, decodedFrames, rows, columns }, model.Decode(posterior.Mean).shape);
            using var whole = model.Encode(sample.narrow(2, 0, decodedFrames));
            TensorAssert.Same(whole.Moments, posterior.Moments);
        }
    }

    [TestMethod]
    public void Frames_OfTheFuture_ChangeNothingBefore()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = New(Tiny);
        var latents = randn([1, 2, 4, 2, 3]);
        TensorAssert.Close(model.Decode(latents).narrow(2, 0, 9), model.Decode(latents.narrow(2, 0, 3)), 1e-5);
    }

    [TestMethod]
    public void Decode_OfLargeLatents_StaysWithinOne()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = New(Tiny);
        foreach (var parameter in model.parameters())
            parameter.Times_(3);
        var video = model.Decode(randn([1, 2, 2, 2, 3]).Times(100));
        Assert.AreEqual(1f, video.abs().max().item<float>());
        model.EnableTiling(8, 8, 4, 4);
        Assert.AreEqual(1f, model.Decode(randn([1, 2, 2, 4, 3]).Times(100)).abs().max().item<float>());
    }

    [TestMethod]
    public void Tiles_WhoseStrideIsNoWholeNumberOfLatents_GiveTheSizeOfTheVideo()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = New(Tiny);
        model.EnableTiling(10, 14, 7, 11);
        CollectionAssert.AreEqual(new long[] { 1, 3, 5, 28, 36 }, model.Decode(randn([1, 2, 2, 7, 9])).shape);
    }

    [TestMethod]
    public void Attention_OfAScale_FollowsItsResidualBlocks()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = New(Tiny with { AttnScales = [0.5] });
        Assert.Contains("encoder.down_blocks.3.to_qkv.weight", model.state_dict().Keys);
        using var posterior = model.Encode(randn([1, 3, 5, 8, 8]));
        CollectionAssert.AreEqual(new long[] { 1, 2, 2, 2, 2 }, posterior.Mean.shape);
    }

    [TestMethod]
    public void SavePretrained_ThenFromPretrained_GivesTheSameModel()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = New(Residual);
        model.SavePretrained(folder.Path);
        using var loaded = AutoencoderKLWan.FromPretrained(folder.Path);
        var latents = randn([1, 2, 3, 2, 2]);
        TensorAssert.Same(model.Decode(latents), loaded.Decode(latents));
        Assert.AreEqual(model.Config.ToJson(), loaded.Config.ToJson());
    }

    [TestMethod]
    [DataRow("vae-kl-tiny", "decode_b1")]
    [DataRow("vae-wan-tiny", "decode_f2")]
    [DataRow("vae-wan22-tiny", "decode_f2")]
    public void Decode_InHalfPrecision_IsNearSinglePrecision(string folder, string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedAutoencoder.Load(folder);
        model.to(ScalarType.BFloat16);
        var tensors = Recording.Tensors(folder, name + ".safetensors");
        var video = model.Decode(tensors["z"].to(ScalarType.BFloat16));
        Assert.AreEqual(ScalarType.BFloat16, video.dtype);
        TensorAssert.Close(tensors["sample"], video, 0.1 * TensorAssert.MaxMagnitude(tensors["sample"]));
    }

    [TestMethod]
    public void Forward_InTraining_GivesEveryWeightAGradient()
    {
        using var scope = NewDisposeScope();
        foreach (var config in (AutoencoderKLWanConfig[])[Tiny with { Dropout = 0.1 }, Residual])
        {
            using var model = New(config);
            AutoencoderTraining.GivesEveryWeightAGradient(model, randn([1, 3, 9, 16, 16]), video => video);
        }
    }

    [TestMethod]
    public void Config_NoModelCanBeBuiltFrom_IsRefused()
    {
        foreach (var (config, part) in new[]
        {
            (Tiny with { DimMult = [] }, "dim_mult of 1 to 16 sizes, found none"),
            (Tiny with { DimMult = [1, 0, 2] }, "dim_mult above 0"),
            (Tiny with { TemperalDownsample = [true] }, "2 in temperal_downsample"),
            (Tiny with { DecoderBaseDim = 0 }, "decoder_base_dim"),
            (Tiny with { DecoderBaseDim = 1, DimMult = [1, 1, 1] }, "a decoder of 2 channels or more"),
            (Tiny with { Dropout = double.NaN }, "dropout"),
            (Tiny with { PatchSize = 2 }, "in_channels and out_channels in multiples of the 4 pixels"),
            (Tiny with { PatchSize = 0 }, "patch_size"),
            (Residual with { ScaleFactorSpatial = 3 }, "scale_factor_spatial"),
            (Residual with { DimMult = [1, 2, 4] }, "divide into each other"),
            (Residual with { DimMult = [3, 1, 1], DecoderBaseDim = 5 }, "divide into each other"),
        })
        {
            Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => AutoencoderKLWan.FromConfig(config)).Message);
        }
        Assert.ThrowsExactly<InsufficientMemoryException>(() => AutoencoderKLWan.FromConfig(Tiny with { NumResBlocks = int.MaxValue }));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => AutoencoderKLWan.FromConfig(Tiny with { BaseDim = 500_000_000 }));
        Assert.ThrowsExactly<ArgumentException>(() => AutoencoderKLWan.FromConfig(Tiny with { BaseDim = int.MaxValue }));
        Assert.Contains(
            "'temperal_downsample': expected an array of true and false",
            Assert.ThrowsExactly<InvalidDataException>(() => AutoencoderKLWanConfig.FromJson("""{ "temperal_downsample": [1, 2] }""")).Message);
    }

    [TestMethod]
    public void Input_OfAnotherForm_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = New(Residual);
        void Refuses(string part, Action action) => Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(action).Message);
        Refuses("[batch, 2 latent channels, frames, height, width], got [1, 3, 1, 2, 2]", () => model.Decode(zeros([1, 3, 1, 2, 2])));
        Refuses("[batch, 3 channels, frames, height, width], got [1, 12, 1, 8, 8]", () => model.Encode(zeros([1, 12, 1, 8, 8])));
        Refuses("multiples of 8, got 8 × 12", () => model.Encode(zeros([1, 3, 1, 8, 12])));
        Refuses("from 8, one latent, to the size of a tile, 256; got 7", () => model.EnableTiling(tileSampleStrideHeight: 7));
        Refuses("to the size of a tile, 32; got 192", () => model.EnableTiling(tileSampleMinWidth: 32));
        Assert.IsFalse(model.UseTiling);
        model.EnableTiling();
        model.TileSampleStrideHeight = 0;
        Refuses("to the size of a tile, 256; got 0", () => model.Decode(zeros([1, 2, 1, 2, 2])));
        using var eighth = New(Tiny with { DimMult = [1, 1, 1, 1], TemperalDownsample = [true, true, true], ScaleFactorSpatial = null });
        Assert.Contains(
            "fewer than 5 frames", Assert.ThrowsExactly<NotSupportedException>(() => eighth.Encode(zeros([1, 3, 9, 8, 8]))).Message);
    }

    private static AutoencoderKLWan New(AutoencoderKLWanConfig config)
    {
        manual_seed(2);
        return AutoencoderKLWan.FromConfig(config);
    }
}
