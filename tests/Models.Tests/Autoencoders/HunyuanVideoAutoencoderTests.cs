using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class HunyuanVideoAutoencoderTests
{
    private static AutoencoderKLHunyuanVideoConfig Tiny { get; } =
        AutoencoderKLHunyuanVideoConfig.FromFile(Recording.PathOf(RecordedVideoAutoencoder.Hunyuan, "model", "config.json"));

    [TestMethod]
    public void New_TakesLongVideosInTilesOfFrames()
    {
        using var model = AutoencoderKLHunyuanVideo.FromConfig(Tiny);
        Assert.IsTrue(model.UseFramewiseEncoding && model.UseFramewiseDecoding);
        Assert.AreEqual((16, 12), (model.TileSampleMinNumFrames, model.TileSampleStrideNumFrames));
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(2, 1)]
    [DataRow(6, 2)]
    [DataRow(20, 5)]
    [DataRow(33, 9)]
    public void Encode_OfAnyFrames_GivesLatentsThatDecodeToAsManyOrFewer(int frames, int latentFrames)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = AutoencoderKLHunyuanVideo.FromConfig(Tiny);
        using var posterior = model.Encode(randn([1, 3, frames, 8, 16]));
        CollectionAssert.AreEqual(new long[] { 1, 4, latentFrames, 1, 2 }, posterior.Mean.shape);
        CollectionAssert.AreEqual(new long[] { 1, 3, 4 * latentFrames - 3, 8, 16 }, model.Decode(posterior.Mean).shape);
    }

    [TestMethod]
    public void Attention_OfEveryFrame_SeesThoseUpToItself()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var layer = new HunyuanVideoAttention(4, 1, null, null);
        var input = randn([2, 4, 3, 2, 3]);
        var weights = layer.named_parameters().ToDictionary(named => named.name, named => (Tensor)named.parameter);
        var tokens = nn.functional.group_norm(input.flatten(2), 1, weights["group_norm.weight"], weights["group_norm.bias"], 1e-6).transpose(1, 2);
        Tensor Projected(string name, Tensor of) => nn.functional.linear(of, weights[name + ".weight"], weights[name + ".bias"]);
        var frame = TensorArithmetic.Range(3).repeat_interleave(6);
        var scores = Projected("to_q", tokens).matmul(Projected("to_k", tokens).transpose(1, 2)).Over(2)
            .Masked(frame.unsqueeze(1).less(frame.unsqueeze(0)), double.NegativeInfinity);
        var seen = Projected("to_out.0", scores.softmax(-1).matmul(Projected("to_v", tokens)));
        TensorAssert.Close(seen.transpose(1, 2).unflatten(2, [3, 2, 3]).Plus(input), layer.call(input), 1e-5);
    }

    [TestMethod]
    public void Form_OfOtherSizes_EncodesAndDecodes()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = AutoencoderKLHunyuanVideo.FromConfig(Tiny with
        {
            BlockOutChannels = [4, 6, 8],
            DownBlockTypes = ["HunyuanVideoDownBlock3D", "HunyuanVideoDownBlock3D", "HunyuanVideoDownBlock3D"],
            UpBlockTypes = ["HunyuanVideoUpBlock3D", "HunyuanVideoUpBlock3D", "HunyuanVideoUpBlock3D"],
            LayersPerBlock = 2,
            SpatialCompressionRatio = 2,
            MidBlockAddAttention = false,
            ActFn = "gelu",
        });
        using var posterior = model.Encode(randn([2, 3, 5, 4, 6]));
        CollectionAssert.AreEqual(new long[] { 2, 4, 2, 2, 3 }, posterior.Mean.shape);
        CollectionAssert.AreEqual(new long[] { 2, 3, 5, 4, 6 }, model.Decode(posterior.Mean).shape);
        Assert.IsFalse(model.state_dict().Keys.Any(name => name.Contains("attentions")));
    }

    [TestMethod]
    public void Config_NoModelCanBeBuiltFrom_IsRefused()
    {
        foreach (var (config, part) in new[]
        {
            (Tiny with { BlockOutChannels = [] }, "3 sizes at least"),
            (Tiny with { BlockOutChannels = [4, 8] }, "3 sizes at least"),
            (Tiny with { SpatialCompressionRatio = 32 }, "5 sizes at least"),
            (Tiny with { SpatialCompressionRatio = 6 }, "power of two"),
            (Tiny with { SpatialCompressionRatio = 0 }, "power of two"),
            (Tiny with { BlockOutChannels = [4, 8, 8, 7] }, "norm_num_groups 2"),
            (Tiny with { DownBlockTypes = ["A", "B", "C", "D"] }, "down_block_types"),
            (Tiny with { UpBlockTypes = ["HunyuanVideoUpBlock3D"] }, "up_block_types"),
            (Tiny with { LayersPerBlock = 0 }, "layers_per_block"),
            (Tiny with { ScalingFactor = double.NaN }, "scaling_factor"),
            (Tiny with { ActFn = "nosuch" }, "nosuch"),
        })
        {
            Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => AutoencoderKLHunyuanVideo.FromConfig(config)).Message);
        }
        Assert.Contains(
            "temporal_compression_ratio of 4", Assert.ThrowsExactly<NotSupportedException>(() => AutoencoderKLHunyuanVideo.FromConfig(Tiny with { TemporalCompressionRatio = 8 })).Message);
    }
}
