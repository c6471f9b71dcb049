using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Tiles over time, height and width at once and of sizes that nothing fits, which no recording has.</summary>
[TestClass]
public sealed class LiteralTilingTests
{
    private static IEnumerable<object[]> Cases =>
        from folder in new[] { RecordedVideoAutoencoder.Ltx, RecordedVideoAutoencoder.Hunyuan }
        from tiles in new[] { ((2, 2, 3), (1, 1, 2), 0), ((3, 3, 2), (2, 2, 2), 0), ((3, 2, 2), (2, 1, 1), 3) }
        from frames in new[] { 6, 7 }
        select (object[])[folder, tiles.Item1, tiles.Item2, tiles.Item3, frames];

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Decode_InTilesOfTimeAndSpace_GivesWhatDiffusersLoopsGive(
        string folder, (int Frames, int Height, int Width) min, (int Frames, int Height, int Width) stride, int odd, int frames)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var plain = (FramewiseAutoencoder)RecordedVideoAutoencoder.Load(folder);
        using var model = Tiled(folder, min, stride, odd);
        plain.UseFramewiseDecoding = false;
        var (ratio, pixels) = (model.TemporalCompressionRatio, model.SpatialCompressionRatio);
        var literal = new LiteralTiling
        {
            MinIn = min,
            StrideIn = stride,
            MinOut = (min.Frames * ratio, min.Height * pixels + odd, min.Width * pixels + odd),
            StrideOut = (stride.Frames * ratio, stride.Height * pixels + odd, stride.Width * pixels + odd),
            DropsLast = model is AutoencoderKLLTXVideo,
        };
        var latents = randn([1, model.LatentChannels(), frames, 4, 5]);
        var expected = literal.InTime(latents, ((frames - 1) * ratio + 1, 4 * pixels, 5 * pixels), tile => plain.Decode(tile));
        TensorAssert.Close(expected, model.Decode(latents), 1e-5);
        Assert.IsGreaterThan(0.01, TensorAssert.MaxDifference(plain.Decode(latents), expected));
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Encode_InTilesOfTimeAndSpace_GivesWhatDiffusersLoopsGive(
        string folder, (int Frames, int Height, int Width) min, (int Frames, int Height, int Width) stride, int odd, int frames)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var plain = (FramewiseAutoencoder)RecordedVideoAutoencoder.Load(folder);
        var inPatches = folder == RecordedVideoAutoencoder.Ltx ? odd / 3 * 4 : odd; // its encoder takes patches of 4 × 4
        using var model = Tiled(folder, min, stride, inPatches);
        plain.UseFramewiseEncoding = false;
        var (ratio, pixels) = (model.TemporalCompressionRatio, model.SpatialCompressionRatio);
        var literal = new LiteralTiling
        {
            MinIn = (min.Frames * ratio, min.Height * pixels + inPatches, min.Width * pixels + inPatches),
            StrideIn = (stride.Frames * ratio, stride.Height * pixels + inPatches, stride.Width * pixels + inPatches),
            MinOut = min,
            StrideOut = stride,
            DropsLast = false,
        };
        var sample = randn([1, 3, (frames - 1) * ratio + 1, 4 * pixels, 5 * pixels]);
        Tensor Encode(Tensor tile)
        {
            // Of any size, which a tile may be of.
            var encoder = (nn.Module<Tensor, Tensor>)plain.named_modules().Single(named => named.name == "encoder").module;
            var quant = (nn.Module<Tensor, Tensor>?)plain.named_modules().SingleOrDefault(named => named.name == "quant_conv").module;
            return quant is null ? encoder.call(tile) : quant.call(encoder.call(tile));
        }

        var expected = literal.InTime(sample, (frames, 4, 5), Encode);
        using var posterior = model.Encode(sample);
        TensorAssert.Close(expected, posterior.Moments, 1e-5);
        // Where strides are no whole number of latents, there are fewer of them than in one piece.
        var whole = Encode(sample);
        if (whole.shape.AsSpan().SequenceEqual(expected.shape))
            Assert.IsGreaterThan(0.01, TensorAssert.MaxDifference(whole, expected));
    }

    /// <summary>Tiles in latents, and by how many pixels they are larger than those.</summary>
    private static FramewiseAutoencoder Tiled(string folder, (int Frames, int Height, int Width) min, (int Frames, int Height, int Width) stride, int odd)
    {
        var model = (FramewiseAutoencoder)RecordedVideoAutoencoder.Load(folder);
        var (ratio, pixels) = (model.TemporalCompressionRatio, model.SpatialCompressionRatio);
        (model.UseFramewiseEncoding, model.UseFramewiseDecoding) = (true, true);
        model.EnableTiling(
            min.Height * pixels + odd, min.Width * pixels + odd, min.Frames * ratio, stride.Height * pixels + odd, stride.Width * pixels + odd, stride.Frames * ratio);
        return model;
    }
}
