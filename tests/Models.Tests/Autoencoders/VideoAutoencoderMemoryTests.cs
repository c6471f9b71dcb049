using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class VideoAutoencoderMemoryTests
{
    private static IEnumerable<object[]> Models =>
        from folder in RecordedVideoAutoencoder.Folders
        from isTiled in new[] { false, true }
        select (object[])[folder, isTiled];

    private static long Live => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void EncodeAndDecode_Repeated_LeaveNoTensorBehind(string folder, bool isTiled)
    {
        using var noGrad = no_grad();
        using var model = Model(folder, isTiled);
        model.UseSlicing = isTiled;
        using var latents = Latents(model, 4, 4, 3, batch: 2);
        using var sample = randn([2, 3, 9, 4 * model.SpatialCompressionRatio, 2 * model.SpatialCompressionRatio]);
        // The frequencies of timesteps are kept.
        model.DecodeAny(latents).Dispose();
        var before = Live;
        for (var i = 0; i < 3; i++)
        {
            model.DecodeAny(latents).Dispose();
            if (model is AutoencoderKLMochi)
                Assert.ThrowsExactly<NotSupportedException>(() => model.Encode(sample));
            else
                model.Encode(sample).Dispose();
        }
        Assert.AreEqual(before, Live);
    }

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void BadInput_LeavesNoTensorBehind(string folder, bool isTiled)
    {
        using var noGrad = no_grad();
        using var model = Model(folder, isTiled);
        using var latents = Latents(model, 2, 2, 2);
        using var many = zeros([1, model.LatentChannels() + 1, 2, 2, 2]);
        using var wide = latents.to(ScalarType.Float64);
        using var video = zeros([1, 3, 5, model.SpatialCompressionRatio + 1, model.SpatialCompressionRatio]);
        var before = Live;
        Assert.ThrowsExactly<ArgumentException>(() => model.DecodeAny(many));
        Assert.ThrowsExactly<ArgumentException>(() => model.DecodeAny(wide));
        if (model is not AutoencoderKLMochi)
            Assert.ThrowsExactly<ArgumentException>(() => model.Encode(video));
        Assert.AreEqual(before, Live);
    }

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void Cancellation_InTheMiddle_LeavesNoTensorAndAModelThatWorks(string folder, bool isTiled)
    {
        using var noGrad = no_grad();
        using var model = Model(folder, isTiled);
        using var latents = Latents(model, 4, 4, 3);
        using var expected = model.DecodeAny(latents);
        using var source = new CancellationTokenSource();
        var calls = 0;
        foreach (var convolution in Convolutions(model))
        {
            convolution.register_forward_pre_hook((_, input) =>
            {
                if (++calls == 1 && isTiled)
                    source.Cancel();
                return input;
            });
        }
        if (!isTiled)
            source.Cancel();
        var before = Live;
        Assert.ThrowsExactly<OperationCanceledException>(() => model.DecodeAny(latents, source.Token));
        Assert.AreEqual(isTiled, calls > 0);
        Assert.AreEqual(before, Live);
        using var again = model.DecodeAny(latents);
        TensorAssert.Same(expected, again);
    }

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void Tiles_OfALargerVideo_AreNoLarger(string folder, bool isTiled)
    {
        using var noGrad = no_grad();
        using var model = Model(folder, isTiled);
        var largest = 0L;
        foreach (var convolution in Convolutions(model))
        {
            convolution.register_forward_pre_hook((_, input) =>
            {
                largest = Math.Max(largest, input.numel());
                return input;
            });
        }
        long Largest(long frames, long height, long width)
        {
            largest = 0;
            using var latents = Latents(model, frames, height, width);
            model.DecodeAny(latents).Dispose();
            return largest;
        }

        var bound = Largest(3, 3, 3);
        var (longer, larger) = (Largest(7, 3, 3), Largest(3, 5, 7));
        if (isTiled)
            Assert.AreEqual((bound, bound), (longer, larger));
        else
            Assert.IsGreaterThan(2 * bound, Math.Min(longer, larger));
    }

    private static IEnumerable<Convolution> Convolutions(nn.Module model) => model.named_modules().Select(named => named.module).OfType<Convolution>();

    private static Tensor Latents(StridedAutoencoder model, long frames, long height, long width, long batch = 1) =>
        randn([batch, model.LatentChannels(), frames, height, width]);

    /// <summary>In tiles of 2 × 2 latents and of 2 latent frames, or in one piece.</summary>
    private static StridedAutoencoder Model(string folder, bool isTiled)
    {
        var model = RecordedVideoAutoencoder.Load(folder);
        var ratio = model.SpatialCompressionRatio;
        if (model is FramewiseAutoencoder framewise)
        {
            (framewise.UseFramewiseEncoding, framewise.UseFramewiseDecoding) = (isTiled, isTiled);
            (framewise.TileSampleMinNumFrames, framewise.TileSampleStrideNumFrames) = (2 * framewise.TemporalCompressionRatio, framewise.TemporalCompressionRatio);
        }
        if (model is AutoencoderKLMochi mochi)
            (mochi.UseFramewiseDecoding, mochi.NumLatentFramesBatchSize) = (isTiled, 2);
        if (isTiled)
            model.EnableTiling(tileSampleMinHeight: 2 * ratio, tileSampleMinWidth: 2 * ratio, tileSampleStrideHeight: ratio, tileSampleStrideWidth: ratio);
        return model;
    }
}
