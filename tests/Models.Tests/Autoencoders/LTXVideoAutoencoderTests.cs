using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class LTXVideoAutoencoderTests
{
    /// <summary>Of the form of LTX 0.9.5 and later.</summary>
    private static readonly AutoencoderKLLTXVideoConfig Folding = new()
    {
        BlockOutChannels = [4, 8, 8, 16],
        DownBlockTypes = ["LTXVideo095DownBlock3D", "LTXVideo095DownBlock3D", "LTXVideo095DownBlock3D"],
        DownsampleType = ["spatial", "temporal", "spatiotemporal"],
        LayersPerBlock = [1, 0, 1, 1],
        SpatioTemporalScaling = [true, true, true],
        DecoderBlockOutChannels = [8, 16],
        DecoderLayersPerBlock = [1, 1, 1],
        DecoderSpatioTemporalScaling = [true, true],
        DecoderInjectNoise = [true, false, true],
        UpsampleFactor = [2, 2],
        UpsampleResidual = [true, true],
        TimestepConditioning = true,
        LatentChannels = 6,
        SpatialCompressionRatio = 16,
        TemporalCompressionRatio = 4,
    };

    [TestMethod]
    public void LatentsMeanAndStd_AreThoseOfTheCheckpoint()
    {
        using var scope = NewDisposeScope();
        using var model = RecordedVideoAutoencoder.Load(RecordedVideoAutoencoder.Ltx);
        var saved = Recording.Tensors(RecordedVideoAutoencoder.Ltx, "model", "diffusion_pytorch_model.safetensors");
        var ltx = (AutoencoderKLLTXVideo)model;
        TensorAssert.Same(saved["latents_mean"], ltx.LatentsMean);
        TensorAssert.Same(saved["latents_std"], ltx.LatentsStd);
    }

    [TestMethod]
    public void Decode_InSlices_GivesEverySampleItsTimestep()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = (AutoencoderKLLTXVideo)RecordedVideoAutoencoder.Load(RecordedVideoAutoencoder.ConditionedLtx);
        model.EnableSlicing();
        var tensors = Recording.Tensors(RecordedVideoAutoencoder.ConditionedLtx, "decode_b2_t0_t03.safetensors");
        TensorAssert.Close(tensors["sample"], model.Decode(tensors["z"], tensors["temb"]), 1e-4);
    }

    [TestMethod]
    public void Timestep_MissingTooManyOrOfAnotherForm_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var plain = (AutoencoderKLLTXVideo)RecordedVideoAutoencoder.Load(RecordedVideoAutoencoder.Ltx);
        using var conditioned = (AutoencoderKLLTXVideo)RecordedVideoAutoencoder.Load(RecordedVideoAutoencoder.ConditionedLtx);
        var latents = zeros([2, 8, 1, 1, 1]);
        void Refuses(string part, Action action) => Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(action).Message);
        Refuses("expected temb [batch], found none", () => conditioned.Decode(latents));
        Refuses("expected temb [batch], found none", () => conditioned.Decode(latents, null));
        Refuses("expected temb [batch], found none", () => conditioned.forward(zeros([1, 3, 1, 16, 16])));
        Refuses("[2], floating-point on cpu, got [1], Float32 on cpu", () => conditioned.Decode(latents, zeros(1)));
        Refuses("got [], Float32", () => conditioned.Decode(latents, zeros([])));
        Refuses("got [2], Int64", () => conditioned.Decode(latents, zeros(2, ScalarType.Int64)));
        Refuses("expected none", () => plain.Decode(latents, zeros(2)));
        plain.Decode(latents, null).Dispose();
    }

    [TestMethod]
    public void Noise_IsOnePictureOfTorchsGenerator_ScaledForEveryChannel()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var block = new LTXVideoResnetBlock3d(6, 6, 1e-6, isCausal: false, injectsNoise: true, isConditioned: false, null, null);
        var input = randn([2, 6, 3, 4, 5]);
        var without = block.call(input, null);
        var scale = randn([6, 1, 1]);
        block.named_parameters().Single(named => named.name == "per_channel_scale2").parameter.copy_(scale);
        manual_seed(5);
        var with = block.call(input, null);
        manual_seed(5);
        randn([4, 5]).Dispose(); // of the first convolution
        TensorAssert.Close((randn([4, 5]) * scale).unsqueeze(1).expand(2, 6, 3, 4, 5), with - without, 1e-5);
    }

    [TestMethod]
    public void Downsampler_FoldsPixelsAndAddsMeansOfThem()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var layer = new LTXVideoDownsampler3d(4, 8, (2, 2, 2), isCausal: true, null, null);
        foreach (var (_, parameter) in layer.named_parameters())
            parameter.zero_();
        var input = randn([1, 4, 3, 4, 6]);
        var actual = layer.call(input);
        CollectionAssert.AreEqual(new long[] { 1, 8, 2, 2, 3 }, actual.shape);
        // Channel c of 8 is the mean of folded channels 4·c to 4·c + 3, of which channel n is pixel n % 8 of input channel n / 8.
        for (var c = 0; c < 8; c++)
        {
            for (var frame = 0; frame < 2; frame++)
            {
                var sum = 0.0;
                for (var n = 4 * c; n < 4 * c + 4; n++)
                {
                    var seen = Math.Max(0, 2 * frame + n % 8 / 4 - 1); // the first frame stands twice
                    sum += input[0, n / 8, seen, 2 + n % 4 / 2, 4 + n % 2].item<float>();
                }
                Assert.AreEqual(sum / 4, actual[0, c, frame, 1, 2].item<float>(), 1e-6, $"{c}, {frame}");
            }
        }
    }

    [TestMethod]
    public void PixelShuffle_ThereAndBack_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        var video = randn([2, 3, 4, 6, 8]);
        foreach (var columnsFirst in new[] { false, true })
        {
            var folded = PixelShuffle.IntoChannels(video, (2, 3, 4), columnsFirst);
            CollectionAssert.AreEqual(new long[] { 2, 72, 2, 2, 2 }, folded.shape);
            TensorAssert.Same(video, PixelShuffle.OutOfChannels(folded, (2, 3, 4), columnsFirst));
        }
    }

    [TestMethod]
    public void FoldingForm_EncodesAndDecodesItsSizes()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = AutoencoderKLLTXVideo.FromConfig(Folding);
        Assert.AreEqual((16, 4), (model.SpatialCompressionRatio, model.TemporalCompressionRatio));
        using var posterior = model.Encode(randn([1, 3, 9, 16, 32]));
        CollectionAssert.AreEqual(new long[] { 1, 6, 3, 1, 2 }, posterior.Mean.shape);
        CollectionAssert.AreEqual(new long[] { 1, 3, 9, 16, 32 }, model.DecodeAny(posterior.Mean).shape);
        Assert.Contains("1 + 4·n frames", Assert.ThrowsExactly<ArgumentException>(() => model.Encode(zeros([1, 3, 8, 16, 16]))).Message);
    }

    [TestMethod]
    public void Config_WithoutCompressionRatios_HasThoseOfItsBlocks()
    {
        using var model = AutoencoderKLLTXVideo.FromConfig(Folding with { SpatialCompressionRatio = null, TemporalCompressionRatio = null }, META);
        Assert.AreEqual((16, 4), (model.SpatialCompressionRatio, model.TemporalCompressionRatio));
    }

    [TestMethod]
    public void Config_NoModelCanBeBuiltFrom_IsRefused()
    {
        var tiny = AutoencoderKLLTXVideoConfig.FromFile(Recording.PathOf(RecordedVideoAutoencoder.Ltx, "model", "config.json"));
        foreach (var (config, part) in new[]
        {
            (tiny with { BlockOutChannels = [] }, "block_out_channels"),
            (tiny with { DecoderBlockOutChannels = [4, 0, 8] }, "decoder_block_out_channels above 0"),
            (tiny with { DownBlockTypes = ["A", "B", "C"] }, "found A"),
            (tiny with { DownBlockTypes = ["LTXVideoDownBlock3D"] }, "down_block_types"),
            (tiny with { LayersPerBlock = [1, 1, 1] }, "4 entries or more in layers_per_block"),
            (tiny with { DecoderLayersPerBlock = [1, 1, -1, 1] }, "decoder_layers_per_block of 0 or more"),
            (tiny with { DecoderInjectNoise = [true, true, false] }, "decoder_inject_noise"),
            (tiny with { SpatioTemporalScaling = [true, true] }, "spatio_temporal_scaling"),
            (tiny with { SpatioTemporalScaling = [true, true, true] }, "as large as it was"),
            (tiny with { SpatialCompressionRatio = 8 }, "spatial_compression_ratio of 16"),
            (tiny with { TemporalCompressionRatio = 8 }, "temporal_compression_ratio of 4"),
            (tiny with { UpsampleFactor = [1, 1, 0] }, "upsample_factor above 0"),
            (tiny with { UpsampleFactor = [1, 1, 2] }, "upsample_factor 2"),
            (tiny with { UpsampleResidual = [true, true, true] }, "upsample_residual"),
            (tiny with { TimestepConditioning = true }, "conditioned on a timestep"),
            (tiny with { DecoderInjectNoise = [true, true, true, true] }, "inject noise"),
            (tiny with { PatchSize = 0 }, "patch_size"),
            (tiny with { ResnetNormEps = double.NaN }, "resnet_norm_eps"),
            (tiny with { ScalingFactor = 0 }, "scaling_factor"),
            (Folding with { DownsampleType = ["spatial", "temporal", "nosuch"] }, "found nosuch"),
            (Folding with { BlockOutChannels = [4, 6, 8, 16] }, "4 channels cannot become 6"),
            (Folding with { DownsampleType = ["conv", "temporal", "spatiotemporal"] }, "4 channels cannot become 8"),
        })
        {
            Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => AutoencoderKLLTXVideo.FromConfig(config)).Message);
        }
        Assert.Contains("patch_size_t of 1", Assert.ThrowsExactly<NotSupportedException>(() => AutoencoderKLLTXVideo.FromConfig(tiny with { PatchSizeT = 2 })).Message);
        Assert.Contains("an array of true and false", Assert.ThrowsExactly<InvalidDataException>(() => AutoencoderKLLTXVideoConfig.FromJson("""{ "upsample_residual": [1] }""")).Message);
    }
}
