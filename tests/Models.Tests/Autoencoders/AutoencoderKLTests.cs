using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class AutoencoderKLTests
{
    private static readonly AutoencoderKLConfig Tiny = new()
    {
        BlockOutChannels = [4, 4, 8],
        DownBlockTypes = ["DownEncoderBlock2D", "AttnDownEncoderBlock2D", "DownEncoderBlock2D"],
        UpBlockTypes = ["AttnUpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
        LatentChannels = 2,
        NormNumGroups = 2,
        SampleSize = 16,
    };

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(3, 5)]
    public void Encode_ThenDecode_ComesBackInTheSameSize(int rows, int columns)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = New();
        var sample = randn([2, 3, 4 * rows, 4 * columns]);
        using var posterior = model.Encode(sample);
        CollectionAssert.AreEqual(new long[] { 2, 2, rows, columns }, posterior.Mean.shape);
        CollectionAssert.AreEqual(sample.shape, model.forward(sample).shape);
    }

    [TestMethod]
    public void Slices_AndTilesThatFit_ChangeNothing()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = New();
        var latents = randn([3, 2, 4, 3]);
        var expected = model.Decode(latents);
        model.EnableTiling();
        TensorAssert.Same(expected, model.Decode(latents));
        model.EnableSlicing();
        TensorAssert.Close(expected, model.Decode(latents), 1e-5);
    }

    [TestMethod]
    public void Blocks_WithAttention_HaveItAfterEachResidualBlock()
    {
        using var model = New();
        var names = model.state_dict().Keys;
        CollectionAssert.IsSubsetOf(
            new[]
            {
                "encoder.down_blocks.1.attentions.0.to_q.weight", "decoder.up_blocks.0.attentions.1.to_out.0.bias",
                "encoder.mid_block.attentions.0.group_norm.weight",
            },
            names);
        Assert.IsFalse(names.Any(name => name.StartsWith("encoder.down_blocks.0.attentions", StringComparison.Ordinal)));
        using var without = New(Tiny with { MidBlockAddAttention = false });
        Assert.IsFalse(without.state_dict().Keys.Any(name => name.Contains("mid_block.attentions")));
    }

    [TestMethod]
    public void FromPretrained_OfOldNames_GivesTheSameModel()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = New();
        model.SavePretrained(folder.Path);
        var renamed = model.state_dict().ToDictionary(
            entry => entry.Key.Contains("mid_block.attentions.0")
                ? entry.Key.Replace("to_q", "query").Replace("to_k", "key").Replace("to_v", "value").Replace("to_out.0", "proj_attn")
                : entry.Key,
            entry => entry.Value);
        SafetensorsWriter.Write(folder["diffusion_pytorch_model.safetensors"], renamed);
        using var loaded = AutoencoderKL.FromPretrained(folder.Path);
        var latents = randn([1, 2, 3, 3]);
        TensorAssert.Same(model.Decode(latents), loaded.Decode(latents));
        TensorAssert.Same(model.forward(ones([1, 3, 8, 8])), loaded.forward(ones([1, 3, 8, 8])));
        Assert.AreEqual(model.Config.ToJson(), loaded.Config.ToJson());
    }

    [TestMethod]
    public void Forward_InTraining_GivesEveryWeightAGradient()
    {
        using var scope = NewDisposeScope();
        using var model = New();
        AutoencoderTraining.GivesEveryWeightAGradient(model, randn([2, 3, 8, 8]), video => video);
    }

    [TestMethod]
    public void Config_NoModelCanBeBuiltFrom_IsRefused()
    {
        foreach (var (config, part) in new[]
        {
            (Tiny with { BlockOutChannels = [] }, "block_out_channels of 1 to 16 sizes, found none"),
            (Tiny with { BlockOutChannels = [.. Enumerable.Repeat(4, 33)] }, "block_out_channels of 1 to 16 sizes, found 33"),
            (Tiny with { BlockOutChannels = [4, 5, 8] }, "norm_num_groups 2"),
            (Tiny with { DownBlockTypes = ["A", "B", "C"] }, "DownEncoderBlock2D or AttnDownEncoderBlock2D in down_block_types"),
            (Tiny with { UpBlockTypes = ["UpDecoderBlock2D"] }, "up_block_types"),
            (Tiny with { LatentChannels = 0 }, "latent_channels"),
            (Tiny with { SampleSize = -1 }, "sample_size"),
            (Tiny with { ScalingFactor = double.NaN }, "scaling_factor"),
            (Tiny with { ActFn = "nosuch" }, "nosuch"),
        })
        {
            Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => AutoencoderKL.FromConfig(config)).Message);
        }
        Assert.ThrowsExactly<InsufficientMemoryException>(() => AutoencoderKL.FromConfig(Tiny with { LayersPerBlock = int.MaxValue }));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => AutoencoderKL.FromConfig(Tiny with { BlockOutChannels = [4, 4, 2_000_000_000] }));
    }

    [TestMethod]
    public void Input_OfAnotherForm_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = New();
        void Refuses(string part, Action action) => Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(action).Message);
        Refuses("[batch, 2 latent channels, height, width], got [1, 3, 2, 2]", () => model.Decode(zeros([1, 3, 2, 2])));
        Refuses("got [1, 2, 1, 2, 2]", () => model.Decode(zeros([1, 2, 1, 2, 2])));
        Refuses("[batch, 3 channels, height, width], got [0, 3, 8, 8]", () => model.Encode(zeros([0, 3, 8, 8])));
        Refuses("Float32 on cpu as the weights, got Float64", () => model.Decode(zeros([1, 2, 2, 2], ScalarType.Float64)));
        Refuses("multiples of 4, got 8 × 10", () => model.Encode(zeros([1, 3, 8, 10])));
        Refuses("from 0 to less than 1", () => model.EnableTiling(tileOverlapFactor: 1));
        Refuses("from 0 to less than 1", () => model.EnableTiling(tileOverlapFactor: double.NaN));
        Refuses("3 pixels, 0 latents", () => model.EnableTiling(tileSampleMinSize: 3));
        Refuses("one latent larger", () => model.EnableTiling(tileLatentMinSize: 1));
        Assert.IsFalse(model.UseTiling);
        Assert.AreEqual((16, 4, 0.25), (model.TileSampleMinSize, model.TileLatentMinSize, model.TileOverlapFactor));
        model.EnableTiling(32, tileOverlapFactor: 0.5);
        Assert.AreEqual((32, 8, 0.5), (model.TileSampleMinSize, model.TileLatentMinSize, model.TileOverlapFactor));
        model.TileLatentMinSize = 0;
        Refuses("32 pixels, 0 latents", () => model.Decode(zeros([1, 2, 2, 2])));
    }

    private static AutoencoderKL New(AutoencoderKLConfig? config = null)
    {
        manual_seed(2);
        return AutoencoderKL.FromConfig(config ?? Tiny);
    }
}
