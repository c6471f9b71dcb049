using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class AutoencoderKLAllegroTests
{
    private static readonly AutoencoderKLAllegroConfig Tiny = new()
    {
        BlockOutChannels = [4, 8],
        DownBlockTypes = ["AllegroDownBlock3D", "AllegroDownBlock3D"],
        UpBlockTypes = ["AllegroUpBlock3D", "AllegroUpBlock3D"],
        TemporalDownsampleBlocks = [true, false],
        TemporalUpsampleBlocks = [false, true],
        TemporalCompressionRatio = 2,
        LatentChannels = 2,
        LayersPerBlock = 1,
        NormNumGroups = 2,
    };

    [TestMethod]
    [DataRow(4, 6, 8)]
    [DataRow(8, 10, 10)]
    public void Encode_ThenDecode_GivesFramesBeforeChannels(int frames, int height, int width)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = New();
        model.EnableTiling((4, 6, 8), (2, 4, 2));
        using var posterior = model.Encode(randn([2, 3, frames, height, width]));
        CollectionAssert.AreEqual(new long[] { 2, 2, frames / 2, height / 2, width / 2 }, posterior.Mean.shape);
        CollectionAssert.AreEqual(new long[] { 2, frames, 3, height, width }, model.Decode(posterior.Mean).shape);
    }

    [TestMethod]
    public void Slices_OfABatch_ChangeNothing()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = New();
        model.EnableTiling((4, 6, 8), (4, 6, 8));
        var latents = randn([2, 2, 4, 3, 4]);
        var expected = model.Decode(latents);
        model.EnableSlicing();
        TensorAssert.Close(expected, model.Decode(latents), 1e-5);
        // Tiles that do not overlap do not know of each other.
        TensorAssert.Close(expected.narrow(1, 4, 4), model.Decode(latents.narrow(2, 2, 2)), 1e-5);
    }

    [TestMethod]
    public void Forward_InTraining_GivesEveryWeightAGradient()
    {
        using var scope = NewDisposeScope();
        using var model = New();
        model.EnableTiling((4, 4, 4), (2, 2, 2));
        AutoencoderTraining.GivesEveryWeightAGradient(model, randn([1, 3, 6, 6, 4]), video => video.transpose(1, 2));
    }

    [TestMethod]
    public void SavePretrained_ThenFromPretrained_GivesTheSameModel()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = New();
        model.SavePretrained(folder.Path);
        using var loaded = AutoencoderKLAllegro.FromPretrained(folder.Path);
        model.EnableTiling((4, 4, 4), (2, 2, 2));
        loaded.EnableTiling((4, 4, 4), (2, 2, 2));
        var latents = randn([1, 2, 3, 3, 3]);
        TensorAssert.Same(model.Decode(latents), loaded.Decode(latents));
        Assert.AreEqual(model.Config.ToJson(), loaded.Config.ToJson());
    }

    [TestMethod]
    public void Config_NoModelCanBeBuiltFrom_IsRefused()
    {
        foreach (var (config, part) in new[]
        {
            (Tiny with { BlockOutChannels = [4, 7] }, "norm_num_groups 2"),
            (Tiny with { DownBlockTypes = ["AllegroDownBlock3D"] }, "down_block_types"),
            (Tiny with { TemporalUpsampleBlocks = [true] }, "2 in temporal_upsample_blocks"),
            (Tiny with { TemporalDownsampleBlocks = [true, true] }, "temporal_downsample_blocks that change frames by temporal_compression_ratio 2, found 2"),
            (Tiny with { TemporalCompressionRatio = 3 }, "temporal_compression_ratio 3"),
            (Tiny with { SampleSize = 0 }, "sample_size"),
            (Tiny with { ActFn = "nosuch" }, "nosuch"),
        })
        {
            Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => AutoencoderKLAllegro.FromConfig(config)).Message);
        }
        Assert.ThrowsExactly<InsufficientMemoryException>(() => AutoencoderKLAllegro.FromConfig(Tiny with { LayersPerBlock = int.MaxValue }));
    }

    [TestMethod]
    public void Input_OfAnotherForm_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = New();
        Assert.AreEqual(((24, 320, 320), (16, 200, 240)), (model.Kernel, model.Stride));
        Assert.Contains("EnableTiling()", Assert.ThrowsExactly<NotSupportedException>(() => model.Decode(zeros([1, 2, 2, 2, 2]))).Message);
        void Refuses(string part, Action action) => Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(action).Message);
        Refuses("multiples of the 2 in frames of one latent, and a stride of one latent up to the kernel; got 5 and 2", () => model.EnableTiling((5, 4, 4), (2, 2, 2)));
        Refuses("got 4 and 0", () => model.EnableTiling((4, 4, 4), (2, 0, 2)));
        Refuses("got 4 and 6", () => model.EnableTiling((4, 4, 4), (2, 2, 6)));
        Assert.IsFalse(model.UseTiling);
        model.EnableTiling((4, 6, 4), (2, 4, 2));
        Refuses("a latent height of 3, the kernel, and any multiple of 2, the stride, more, so that tiles cover all; got 4", () => model.Decode(zeros([1, 2, 2, 4, 2])));
        Refuses("frames of 4, the kernel", () => model.Encode(zeros([1, 3, 2, 6, 4])));
        Refuses("multiples of 2, got 6 × 5", () => model.Encode(zeros([1, 3, 4, 6, 5])));
        model.Stride = (0, 0, 0);
        Refuses("got 4 and 0", () => model.Decode(zeros([1, 2, 2, 3, 2])));
    }

    private static AutoencoderKLAllegro New()
    {
        manual_seed(2);
        return AutoencoderKLAllegro.FromConfig(Tiny);
    }
}
