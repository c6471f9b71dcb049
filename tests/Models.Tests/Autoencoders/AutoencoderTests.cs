using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class AutoencoderTests
{
    private static readonly AutoencoderKLCogVideoXConfig Tiny = new()
    {
        BlockOutChannels = [4, 4, 8],
        DownBlockTypes = ["CogVideoXDownBlock3D", "CogVideoXDownBlock3D", "CogVideoXDownBlock3D"],
        UpBlockTypes = ["CogVideoXUpBlock3D", "CogVideoXUpBlock3D", "CogVideoXUpBlock3D"],
        LatentChannels = 2,
        LayersPerBlock = 1,
        NormNumGroups = 2,
        TemporalCompressionRatio = 2,
        SampleHeight = 32,
        SampleWidth = 32,
    };

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(2, 4)]
    [DataRow(3, 5)]
    [DataRow(6, 12)]
    [DataRow(7, 13)]
    public void Decode_OfOtherCompression_GivesItsFrames(int latentFrames, int frames)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = New();
        var video = model.Decode(randn([2, 2, latentFrames, 3, 5]));
        CollectionAssert.AreEqual(new long[] { 2, 3, frames, 12, 20 }, video.shape);
    }

    [TestMethod]
    public void Encode_ThenDecode_ComesBackInTheSameSize()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = New();
        var sample = randn([1, 3, 9, 8, 12]);
        using var posterior = model.Encode(sample);
        CollectionAssert.AreEqual(new long[] { 1, 2, 5, 2, 3 }, posterior.Mean.shape);
        CollectionAssert.AreEqual(sample.shape, model.forward(sample).shape);
    }

    [TestMethod]
    public void Posterior_SampledFromOneSeed_Repeats()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = New();
        using var posterior = model.Encode(randn([1, 3, 1, 8, 8]));
        using var first = new Generator(3ul);
        using var second = new Generator(3ul);
        var sample = posterior.Sample(first);
        TensorAssert.Same(sample, posterior.Sample(second));
        Assert.IsGreaterThan(0, TensorAssert.MaxDifference(posterior.Mode(), sample));
        var kl = (posterior.Mean.Squared().Plus(posterior.Std.Squared()).Minus(1) - posterior.Std.log().Times(2)).sum().Times(0.5);
        Assert.AreEqual(kl.item<float>(), posterior.Kl().item<float>(), 1e-3);
    }

    [TestMethod]
    public void SavePretrained_ThenFromPretrained_GivesTheSameModel()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = New(Tiny with { UseQuantConv = true, UsePostQuantConv = true, LatentChannels = 3 });
        model.SavePretrained(folder.Path);
        using var loaded = AutoencoderKLCogVideoX.FromPretrained(folder.Path);
        var latents = randn([1, 3, 3, 2, 2]);
        TensorAssert.Same(model.Decode(latents), loaded.Decode(latents));
        TensorAssert.Same(model.forward(ones([1, 3, 1, 8, 8])), loaded.forward(ones([1, 3, 1, 8, 8])));
        Assert.AreEqual(model.Config.ToJson(), loaded.Config.ToJson());
    }

    [TestMethod]
    public void Decode_InHalfPrecision_IsNearSinglePrecision()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var folder = Recording.PathOf("vae-cogvideox-tiny", "model");
        using var model = AutoencoderKLCogVideoX.FromPretrained(folder, ScalarType.BFloat16);
        var tensors = Recording.Tensors("vae-cogvideox-tiny", "decode_f3.safetensors");
        var video = model.Decode(tensors["z"].to(ScalarType.BFloat16));
        Assert.AreEqual(ScalarType.BFloat16, video.dtype);
        TensorAssert.Close(tensors["sample"], video, 0.05 * TensorAssert.MaxMagnitude(tensors["sample"]));
    }

    [TestMethod]
    public void Forward_InTraining_GivesEveryWeightAGradient()
    {
        using var scope = NewDisposeScope();
        using var model = New();
        foreach (var parameter in model.parameters())
            parameter.requires_grad = true;
        model.train();
        var sample = randn([1, 3, 9, 8, 8]);
        using var posterior = model.Encode(sample);
        var loss = (model.Decode(posterior.Sample()) - sample).Squared().mean().Plus(posterior.Kl().mean().Times(1e-3));
        loss.backward();
        foreach (var (name, parameter) in model.named_parameters())
            Assert.IsTrue(parameter.grad is not null && parameter.grad.isfinite().all().item<bool>(), name);
    }

    [TestMethod]
    public void Config_NoModelCanBeBuiltFrom_IsRefused()
    {
        foreach (var (config, part) in new[]
        {
            (Tiny with { BlockOutChannels = [] }, "block_out_channels"),
            (Tiny with { BlockOutChannels = [4, 5, 8] }, "norm_num_groups 2"),
            (Tiny with { DownBlockTypes = ["A", "B", "C"] }, "down_block_types"),
            (Tiny with { UpBlockTypes = ["CogVideoXUpBlock3D"] }, "up_block_types"),
            (Tiny with { TemporalCompressionRatio = 3 }, "power of two"),
            (Tiny with { TemporalCompressionRatio = 8 }, "at most 4"),
            (Tiny with { SampleHeight = 4 }, "sample_height"),
            (Tiny with { ScalingFactor = 0 }, "scaling_factor"),
            (Tiny with { ActFn = "nosuch" }, "nosuch"),
        })
        {
            Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => AutoencoderKLCogVideoX.FromConfig(config)).Message);
        }
        Assert.Contains("'nosuch'", Assert.ContainsSingle(Warnings.Of(() => AutoencoderKLCogVideoXConfig.FromJson("""{ "nosuch": 1 }"""))));
    }

    [TestMethod]
    public void Input_OfAnotherForm_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = New();
        void Refuses(string part, Action action) => Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(action).Message);
        Refuses("[batch, 2 latent channels, frames, height, width], got [1, 3, 1, 2, 2]", () => model.Decode(zeros([1, 3, 1, 2, 2])));
        Refuses("got [2, 1, 2, 2]", () => model.Decode(zeros([2, 1, 2, 2])));
        Refuses("got [1, 2, 0, 2, 2]", () => model.Decode(zeros([1, 2, 0, 2, 2])));
        Refuses("Float32 on cpu as the weights, got Float64", () => model.Decode(zeros([1, 2, 1, 2, 2], ScalarType.Float64)));
        Refuses("multiples of 4, got 8 × 10", () => model.Encode(zeros([1, 3, 1, 8, 10])));
        Refuses("from 0 to less than 1", () => model.EnableTiling(tileOverlapFactorHeight: 1));
        Refuses("from 0 to less than 1", () => model.EnableTiling(tileOverlapFactorWidth: double.NaN));
        Refuses("one latent larger", () => model.EnableTiling(tileSampleMinHeight: 4, tileOverlapFactorHeight: 0.5));
        Refuses("got 0 pixels", () => model.EnableTiling(tileSampleMinWidth: 0));
        Assert.IsFalse(model.UseTiling);
    }

    private static AutoencoderKLCogVideoX New(AutoencoderKLCogVideoXConfig? config = null)
    {
        manual_seed(2);
        return AutoencoderKLCogVideoX.FromConfig(config ?? Tiny);
    }
}
