using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class AutoencoderFormMemoryTests
{
    private static long Live => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    private static IEnumerable<object[]> Forms =>
        from folder in RecordedAutoencoder.Folders
        from name in folder == "vae-allegro-tiny" ? (string[])["decode_tiled"] : ["decode_tiled", RecordedAutoencoder.Index(folder).GetProperty("decode").EnumerateObject().First().Name]
        select (object[])[folder, name];

    private static IEnumerable<object[]> Tiled => RecordedAutoencoder.Folders.Select(folder => (object[])[folder]);

    [TestMethod]
    [DynamicData(nameof(Forms))]
    public void EncodeAndDecode_Repeated_LeaveNoTensorBehind(string folder, string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedAutoencoder.Load(folder, "decode", name);
        var latents = Recording.Tensors(folder, name + ".safetensors")["z"];
        var encoding = RecordedAutoencoder.Index(folder).GetProperty("encode").EnumerateObject().Last().Name;
        var sample = Recording.Tensors(folder, encoding + ".safetensors")["x"];
        var before = Live;
        for (var i = 0; i < 3; i++)
        {
            model.Decode(latents).Dispose();
            using var posterior = model.Encode(sample);
            posterior.Sample().Dispose();
        }
        Assert.AreEqual(before, Live);
    }

    [TestMethod]
    [DynamicData(nameof(Tiled))]
    public void Cancellation_InTheMiddle_LeavesNoTensorAndAModelThatWorks(string folder)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedAutoencoder.Load(folder, "decode", "decode_tiled");
        var tensors = Recording.Tensors(folder, "decode_tiled.safetensors");
        var expected = model.Decode(tensors["z"]);
        using var source = new CancellationTokenSource();
        foreach (var convolution in Convolutions(model))
        {
            convolution.register_forward_pre_hook((_, input) =>
            {
                source.Cancel();
                return input;
            });
        }
        var before = Live;
        Assert.ThrowsExactly<OperationCanceledException>(() => model.Decode(tensors["z"], source.Token));
        Assert.AreEqual(before, Live);
        TensorAssert.Same(expected, model.Decode(tensors["z"]));
    }

    [TestMethod]
    [DataRow("vae-kl-tiny", new long[] { 10, 10 }, new long[] { 16, 13 })]
    [DataRow("vae-wan-tiny", new long[] { 3, 6, 4 }, new long[] { 5, 10, 8 })]
    [DataRow("vae-wan22-tiny", new long[] { 3, 4, 3 }, new long[] { 5, 6, 4 })]
    [DataRow("vae-allegro-tiny", new long[] { 3, 3, 5 }, new long[] { 5, 4, 7 })]
    public void Tiles_OfALargerSample_AreNoLarger(string folder, long[] size, long[] larger)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = RecordedAutoencoder.Load(folder, "decode", "decode_tiled");
        var channels = Recording.Tensors(folder, "decode_tiled.safetensors")["z"].size(1);
        var largest = 0L;
        foreach (var convolution in Convolutions(model))
        {
            convolution.register_forward_pre_hook((_, input) =>
            {
                largest = Math.Max(largest, input.numel());
                return input;
            });
        }
        long Largest(long[] latents)
        {
            largest = 0;
            model.Decode(randn([1, channels, .. latents])).Dispose();
            return largest;
        }

        var bound = Largest(size);
        Assert.AreEqual(bound, Largest(larger));
    }

    private static IEnumerable<Convolution> Convolutions(nn.Module model) =>
        model.named_modules().Select(named => named.module).OfType<Convolution>().ToList();
}
