using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>The models as their repositories ship them, on the meta device, where weights take no memory.</summary>
[TestClass]
public sealed class VideoAutoencoderSizeTests
{
    /// <summary>Config, numbers in all weights, and tensors in the checkpoint, counted from diffusers' code.</summary>
    private static IEnumerable<object[]> Shipped =>
    [
        ["LTX 0.9.0", Ltx(new()), 419_193_649L, 190],
        ["LTX 0.9.1", Ltx(Ltx091), 934_976_434L, 294],
        ["LTX 0.9.5", Ltx(Ltx095), 1_246_913_522L, 226],
        ["Hunyuan Video", Hunyuan(new()), 246_478_803L, 248],
        ["Mochi, decoder", Mochi(new()), 362_526_595L, 162],
    ];

    private static AutoencoderKLLTXVideoConfig Ltx091 { get; } = new()
    {
        DecoderBlockOutChannels = [256, 512, 1024],
        DecoderLayersPerBlock = [5, 6, 7, 8],
        DecoderSpatioTemporalScaling = [true, true, true],
        DecoderInjectNoise = [true, true, true, false],
        UpsampleResidual = [true, true, true],
        UpsampleFactor = [2, 2, 2],
        TimestepConditioning = true,
    };

    private static AutoencoderKLLTXVideoConfig Ltx095 { get; } = Ltx091 with
    {
        BlockOutChannels = [128, 256, 512, 1024, 2048],
        DownBlockTypes = ["LTXVideo095DownBlock3D", "LTXVideo095DownBlock3D", "LTXVideo095DownBlock3D", "LTXVideo095DownBlock3D"],
        LayersPerBlock = [4, 6, 6, 2, 2],
        DecoderLayersPerBlock = [5, 5, 5, 5],
        SpatioTemporalScaling = [true, true, true, true],
        DecoderInjectNoise = [false, false, false, false],
        DownsampleType = ["spatial", "temporal", "spatiotemporal", "spatiotemporal"],
        SpatialCompressionRatio = 32,
        TemporalCompressionRatio = 8,
    };

    [TestMethod]
    [DynamicData(nameof(Shipped))]
    public void Model_AsItIsShipped_HasItsWeightsAndAnEstimateBelowThem(string name, object config, long weights, int tensors)
    {
        var (size, build) = ((ModelSize, Func<nn.Module>))config;
        using var model = build();
        var found = model.parameters().Sum(parameter => parameter.numel());
        Assert.AreEqual(weights, found, name);
        Assert.HasCount(tensors, model.state_dict(), name);
        Assert.IsLessThanOrEqualTo(weights, (long)size.Weights, name);
        Assert.IsGreaterThan(0.6 * weights, size.Weights, name);
    }

    [TestMethod]
    public void FromConfig_OfAbsurdSettings_IsRefusedBeforeTheFirstLayer()
    {
        const int Billion = 1_000_000_000;
        void TooLarge(Action build) => Assert.ThrowsExactly<InsufficientMemoryException>(build);
        void TooWide(Action build) => Assert.ThrowsExactly<ArgumentException>(build);
        TooLarge(() => AutoencoderKLLTXVideo.FromConfig(new() { LayersPerBlock = [4, 3, Billion, 3, 4] }, META));
        TooLarge(() => AutoencoderKLLTXVideo.FromConfig(new() { DecoderLayersPerBlock = [4, 3, 3, 3, Billion] }, META));
        TooLarge(() => AutoencoderKLLTXVideo.FromConfig(new() { BlockOutChannels = [128, 256, 512, 1 << 20] }));
        TooLarge(() => AutoencoderKLLTXVideo.FromConfig(new() { LatentChannels = Billion }));
        TooWide(() => AutoencoderKLLTXVideo.FromConfig(new() { PatchSize = Billion }));
        TooWide(() => AutoencoderKLLTXVideo.FromConfig(new() { DecoderBlockOutChannels = [128, 256, 512, Billion] }));
        TooLarge(() => AutoencoderKLHunyuanVideo.FromConfig(new() { LayersPerBlock = Billion }, META));
        TooLarge(() => AutoencoderKLHunyuanVideo.FromConfig(new() { BlockOutChannels = [128, 256, 512, 1 << 20] }));
        TooLarge(() => AutoencoderKLHunyuanVideo.FromConfig(new() { LatentChannels = Billion }));
        TooLarge(() => AutoencoderKLMochi.FromConfig(new() { LayersPerBlock = [3, 3, 4, 6, Billion] }, META));
        TooLarge(() => AutoencoderKLMochi.FromConfig(new() { DecoderBlockOutChannels = [128, 256, 512, 1 << 20] }));
        TooLarge(() => AutoencoderKLMochi.FromConfig(new() { OutChannels = int.MaxValue, DecoderBlockOutChannels = [1 << 10, 32, 32, 32] }));
    }

    private static object Ltx(AutoencoderKLLTXVideoConfig config) => (ModelSize.Of(config), (Func<nn.Module>)(() => AutoencoderKLLTXVideo.FromConfig(config, META)));

    private static object Hunyuan(AutoencoderKLHunyuanVideoConfig config) => (ModelSize.Of(config), (Func<nn.Module>)(() => AutoencoderKLHunyuanVideo.FromConfig(config, META)));

    private static object Mochi(AutoencoderKLMochiConfig config) => (ModelSize.Of(config), (Func<nn.Module>)(() => AutoencoderKLMochi.FromConfig(config, META)));
}
