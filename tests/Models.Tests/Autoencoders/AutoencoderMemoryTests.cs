using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class AutoencoderMemoryTests
{
    private static long Live => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void EncodeAndDecode_Repeated_LeaveNoTensorBehind(bool isTiled)
    {
        using var noGrad = no_grad();
        using var model = Model(isTiled);
        using var latents = randn([2, 4, 3, 7, 6]);
        using var sample = randn([2, 3, 9, 56, 48]);
        var before = Live;
        for (var i = 0; i < 3; i++)
        {
            model.Decode(latents).Dispose();
            using var posterior = model.Encode(sample);
            posterior.Mode().Dispose();
            posterior.Sample().Dispose();
            posterior.Kl().Dispose();
        }
        Assert.AreEqual(before, Live);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Cancellation_InTheMiddle_LeavesNoTensorAndAModelThatWorks(bool isTiled)
    {
        using var noGrad = no_grad();
        using var model = Model(isTiled);
        using var latents = randn([1, 4, 5, 7, 6]);
        using var expected = model.Decode(latents);
        using var source = new CancellationTokenSource();
        var decoder = (CogVideoXDecoder3D)model.named_modules().Single(named => named.name == "decoder").module;
        var calls = 0;
        decoder.register_forward_pre_hook((_, frames, cache) =>
        {
            if (++calls == 1)
                source.Cancel();
            return (frames, cache);
        });
        var before = Live;
        Assert.ThrowsExactly<OperationCanceledException>(() => model.Decode(latents, source.Token));
        Assert.AreEqual(1, calls);
        Assert.AreEqual(before, Live);
        using var again = model.Decode(latents);
        TensorAssert.Same(expected, again);
    }

    [TestMethod]
    public void Tiles_OfALargerVideo_AreNoLarger()
    {
        using var noGrad = no_grad();
        using var model = Model(isTiled: true);
        var largest = 0L;
        foreach (var convolution in model.named_modules().Select(named => named.module).OfType<Convolution>())
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
            using var latents = randn([1, 4, frames, height, width]);
            model.Decode(latents).Dispose();
            return largest;
        }

        var bound = Largest(3, 7, 6);
        Assert.AreEqual(bound, Largest(7, 7, 6));
        Assert.AreEqual(bound, Largest(3, 16, 14));
        model.DisableTiling();
        Assert.IsGreaterThan(3 * bound, Largest(3, 16, 14));
    }

    private static AutoencoderKLCogVideoX Model(bool isTiled)
    {
        var model = AutoencoderKLCogVideoX.FromPretrained(Recording.PathOf("vae-cogvideox-tiny", "model"));
        if (isTiled)
            model.EnableTiling(48, 40);
        return model;
    }
}
