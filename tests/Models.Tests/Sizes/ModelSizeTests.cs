using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>An estimate is the least that is needed: never above the truth, and not far below it where it matters.</summary>
[TestClass]
public class ModelSizeTests
{
    private static IEnumerable<object[]> Models =>
    [
        ["CogVideoX", ModelSize.Of(new CogVideoXTransformer3DModelConfig { NumLayers = 2 }), () => (nn.Module)CogVideoXTransformer3DModel.FromConfig(new() { NumLayers = 2 }, META)],
        ["Flux", ModelSize.Of(new FluxTransformer2DModelConfig { NumLayers = 1, NumSingleLayers = 2 }), () => (nn.Module)FluxTransformer2DModel.FromConfig(new() { NumLayers = 1, NumSingleLayers = 2 }, META)],
        ["Hunyuan Video", ModelSize.Of(Hunyuan), () => (nn.Module)HunyuanVideoTransformer3DModel.FromConfig(Hunyuan, META)],
        ["Hunyuan Video, narrow", ModelSize.Of(Hunyuan with { MlpRatio = 0.3 }), () => (nn.Module)HunyuanVideoTransformer3DModel.FromConfig(Hunyuan with { MlpRatio = 0.3 }, META)],
        ["Allegro", ModelSize.Of(new AllegroTransformer3DModelConfig { NumLayers = 2 }), () => (nn.Module)AllegroTransformer3DModel.FromConfig(new() { NumLayers = 2 }, META)],
        ["Latte", ModelSize.Of(Latte), () => (nn.Module)LatteTransformer3DModel.FromConfig(Latte, META)],
        ["LTX", ModelSize.Of(new LTXVideoTransformer3DModelConfig { NumLayers = 2 }), () => (nn.Module)LTXVideoTransformer3DModel.FromConfig(new() { NumLayers = 2 }, META)],
        ["Mochi", ModelSize.Of(new MochiTransformer3DModelConfig { NumLayers = 2 }), () => (nn.Module)MochiTransformer3DModel.FromConfig(new() { NumLayers = 2 }, META)],
        ["Wan", ModelSize.Of(new WanTransformer3DModelConfig { NumLayers = 2 }), () => (nn.Module)WanTransformer3DModel.FromConfig(new() { NumLayers = 2 }, META)],
        ["Wan of two pictures", ModelSize.Of(WanImage), () => (nn.Module)WanTransformer3DModel.FromConfig(WanImage, META)],
        ["T5", ModelSize.Of(new T5EncoderModelConfig()), () => (nn.Module)T5EncoderModel.FromConfig(new(), META)],
        ["CLIP", ModelSize.Of(new CLIPTextModelConfig()), () => (nn.Module)CLIPTextModel.FromConfig(new(), META)],
        ["CLIP's pictures", ModelSize.Of(new CLIPVisionConfig()), () => (nn.Module)CLIPVisionModel.FromConfig(new(), META)],
        ["gated T5", ModelSize.Of(new T5EncoderModelConfig { FeedForwardProj = "gated-gelu" }), () => (nn.Module)T5EncoderModel.FromConfig(new() { FeedForwardProj = "gated-gelu" }, META)],
        ["VAE", ModelSize.Of(new AutoencoderKLCogVideoXConfig()), () => (nn.Module)AutoencoderKLCogVideoX.FromConfig(new(), META)],
        ["VAE of pictures", ModelSize.Of(new AutoencoderKLConfig()), () => (nn.Module)AutoencoderKL.FromConfig(new(), META)],
        ["VAE of Wan", ModelSize.Of(new AutoencoderKLWanConfig()), () => (nn.Module)AutoencoderKLWan.FromConfig(new(), META)],
        ["residual VAE of Wan", ModelSize.Of(ResidualWan), () => (nn.Module)AutoencoderKLWan.FromConfig(ResidualWan, META)],
        ["VAE of Allegro", ModelSize.Of(new AutoencoderKLAllegroConfig()), () => (nn.Module)AutoencoderKLAllegro.FromConfig(new(), META)],
    ];

    private static HunyuanVideoTransformer3DModelConfig Hunyuan { get; } = new() { NumLayers = 1, NumSingleLayers = 2, NumRefinerLayers = 1 };

    private static WanTransformer3DModelConfig WanImage { get; } = new() { NumLayers = 2, InChannels = 36, ImageDim = 1280, AddedKvProjDim = 5120, PosEmbedSeqLen = 514 };

    private static LatteTransformer3DModelConfig Latte { get; } = new() { NormType = "ada_norm_single", CrossAttentionDim = 16 * 88, NumLayers = 2, ActivationFn = "gelu-approximate" };

    private static AutoencoderKLWanConfig ResidualWan { get; } = new() { IsResidual = true, BaseDim = 160, DecoderBaseDim = 256, ZDim = 48 };

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void Weights_OfAConfig_AreAtMostThoseOfTheModel(string name, object size, Func<nn.Module> build)
    {
        using var model = build();
        var weights = model.parameters().Sum(parameter => parameter.numel());
        var estimate = ((ModelSize)size).Weights;
        Assert.IsLessThanOrEqualTo(weights, (long)estimate, name);
        Assert.IsGreaterThan(0.6 * weights, estimate, name);
    }

    [TestMethod]
    public void Check_AtTheLimit_PassesAndAboveItIsRefused()
    {
        var size = new ModelSize("num_layers 10", 1024, 10, 1e9);
        size.Check(CPU, ScalarType.BFloat16, available: 2e9);
        size.Check(META, ScalarType.BFloat16, available: 1e6);
        var error = Assert.ThrowsExactly<InsufficientMemoryException>(() => size.Check(CPU, ScalarType.Float32, available: 2e9));
        Assert.AreEqual(
            "num_layers 10: the weights would take 3.7 GiB at least, and this process may have 1.9 GiB: check the config, or take a smaller type.", error.Message);
        Assert.ThrowsExactly<InsufficientMemoryException>(() => (size with { Layers = 1e9 }).Check(META, null, available: 2e9));
        Assert.ThrowsExactly<ArgumentException>(() => (size with { Width = 1e12 }).Check(META, null, available: double.PositiveInfinity));
    }

    [TestMethod]
    public void FromConfig_OfABillionLayers_IsRefusedBeforeTheFirst()
    {
        Assert.ThrowsExactly<InsufficientMemoryException>(() => CogVideoXTransformer3DModel.FromConfig(new() { NumLayers = 1_000_000_000 }, META));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => HunyuanVideoTransformer3DModel.FromConfig(new() { NumRefinerLayers = 1_000_000_000 }, META));
        Assert.ThrowsExactly<ArgumentException>(() => HunyuanVideoTransformer3DModel.FromConfig(new() { MlpRatio = 1e12 }, META));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => WanTransformer3DModel.FromConfig(new() { ImageDim = int.MaxValue, NumLayers = 1 }));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => WanTransformer3DModel.FromConfig(new() { ImageDim = 1280, PosEmbedSeqLen = 2_000_000_000, NumLayers = 1 }));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => AllegroTransformer3DModel.FromConfig(new() { NumLayers = 1_000_000_000 }, META));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => T5EncoderModel.FromConfig(new() { NumLayers = 1_000_000_000 }));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => AutoencoderKLCogVideoX.FromConfig(new() { LayersPerBlock = 1_000_000_000 }));
    }

    [TestMethod]
    [DataRow(49, 480, 720, 226, true)]
    [DataRow(4900, 480, 720, 226, false)]
    [DataRow(49, 48000, 720, 226, false)]
    [DataRow(49, 480, 720, 2_000_000, false)]
    public void Generation_OnAMachineOf16GiB_IsRefusedWhereItCannotFit(int frames, int height, int width, int text, bool fits)
    {
        var options = new CogVideoXGenerationOptions { NumFrames = frames, Height = height, Width = width, MaxSequenceLength = text };
        var config = new CogVideoXTransformer3DModelConfig();
        var request = Request(options, config);
        void Check() => RunSize.Check(request, config.InnerDim, encodesText: true, isOnCpu: true, available: 16.0 * (1L << 30));
        if (fits)
            Check();
        else
            Assert.ThrowsExactly<InsufficientMemoryException>(Check);
        // A device's memory is not this process's; its film is.
        RunSize.Check(request, config.InnerDim, encodesText: true, isOnCpu: false, available: 16.0 * (1L << 30));
    }

    [TestMethod]
    public void Resolve_FramesBeyondMemory_NamesThemAndCanBeForced()
    {
        var options = new CogVideoXGenerationOptions { NumFrames = 2_000_000_001, Height = 480, Width = 720 };
        var error = Assert.ThrowsExactly<InsufficientMemoryException>(() => CogVideoXRequest.Resolve("a cat", options, new(), new()));
        Assert.Contains("NumFrames 2000000001, Height 480, Width 720", error.Message);
        // The film of a device comes back to this process, too.
        Assert.ThrowsExactly<InsufficientMemoryException>(() => CogVideoXRequest.Resolve("a cat", options, new(), new(), isOnCpu: false));
    }

    [TestMethod]
    public void Schedulers_OfBillionsOfTimesteps_AreRefused()
    {
        foreach (var scheduler in (Func<object>[])
            [
                () => new CogVideoXDDIMScheduler(new() { NumTrainTimesteps = int.MaxValue }),
                () => new DDIMScheduler(new() { NumTrainTimesteps = int.MaxValue }),
                () => new UniPCMultistepScheduler(new() { NumTrainTimesteps = int.MaxValue }),
                () => new EulerAncestralDiscreteScheduler(new() { NumTrainTimesteps = int.MaxValue }),
                () => new FlowMatchEulerDiscreteScheduler(new() { NumTrainTimesteps = int.MaxValue }),
            ])
            Assert.Contains("num_train_timesteps 2147483647", Assert.ThrowsExactly<InsufficientMemoryException>(() => scheduler()).Message);
        Assert.ThrowsExactly<InsufficientMemoryException>(() => new FlowMatchEulerDiscreteScheduler(new()).SetTimesteps(int.MaxValue));
    }

    private static GenerationRequest Request(CogVideoXGenerationOptions options, CogVideoXTransformer3DModelConfig config) => new()
    {
        Frames = options.NumFrames!.Value,
        Height = options.Height!.Value,
        Width = options.Width!.Value,
        LatentShape = [1, (options.NumFrames!.Value - 1) / 4 + 1, config.InChannels, options.Height.Value / 8, options.Width.Value / 8],
        Grid = ((options.NumFrames.Value - 1) / 4 + 1, options.Height.Value / 8, options.Width.Value / 8),
        Tokens = ((options.NumFrames.Value - 1) / 4 + 1.0) * (options.Height.Value / 16.0) * (options.Width.Value / 16.0),
        TextLength = options.MaxSequenceLength!.Value,
        Layout = GuidanceLayout.Batched,
    };
}
