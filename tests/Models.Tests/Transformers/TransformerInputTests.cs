using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class TransformerInputTests
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly IDisposable _noGrad = no_grad();

    [TestCleanup]
    public void Cleanup()
    {
        _noGrad.Dispose();
        _scope.Dispose();
    }

    [TestMethod]
    public void Forward_OfLatteOnWrongInputs_SaysWhatItExpects()
    {
        Refused("[batch, channels, frames, height, width], found [2, 4, 8, 8]", latents: zeros(2, 4, 8, 8));
        Refused("4 channels", latents: zeros([2, 5, 3, 8, 8]));
        Refused("patch size 1 × 2 × 2", latents: zeros([2, 4, 3, 8, 7]));
        Refused("1 frame or 3 (video_length), found [2, 4, 2, 8, 8]", latents: zeros([2, 4, 2, 8, 8]));
        Refused("type Float32, as the model, found BFloat16", latents: zeros([2, 4, 3, 8, 8], dtype: ScalarType.BFloat16));
        Refused("expected [2], found [3]", timestep: zeros(3));
        Refused("[2, text, 12], found [2, 5, 13]", prompt: zeros(2, 5, 13));
        Refused("[2, 5] or [2, 1, 5], found [2, 6]", mask: ones(2, 6));
        Refused("booleans", mask: ones(2, 5, dtype: ScalarType.Int64));

        static void Refused(string expected, Tensor? latents = null, Tensor? timestep = null, Tensor? prompt = null, Tensor? mask = null)
        {
            using var model = LatteTransformer3DModel.FromConfig(TinyTransformers.Latte);
            var error = Assert.ThrowsExactly<ArgumentException>(() => model.call(
                latents ?? zeros([2, 4, 3, 8, 8]), timestep ?? zeros(2), prompt ?? zeros(2, 5, 12), mask, true));
            StringAssert.Contains(error.Message, expected);
        }
    }

    [TestMethod]
    public void Forward_OfWanOnWrongInputs_SaysWhatItExpects()
    {
        Refused("[batch, channels, frames, height, width], found [2, 4, 8, 8]", latents: zeros(2, 4, 8, 8));
        Refused("patch size 1 × 2 × 2", latents: zeros([2, 4, 3, 9, 8]));
        Refused("at most 8 frames", latents: zeros([2, 4, 9, 8, 8]));
        Refused("expected [2], or a timestep for every token [2, 48], found [2, 6]", timestep: zeros(2, 6));
        Refused("expected [2], found [3]", timestep: zeros(3));
        Refused("[2, text, 12], found [1, 5, 12]", prompt: zeros(1, 5, 12));
        Refused("expected null", image: zeros(2, 5, 6));
        var one = TinyTransformers.Wan with { ImageDim = 6, AddedKvProjDim = 28 };
        Refused("[2, image, 6], found [2, 5, 7]", image: zeros(2, 5, 7), config: one);
        Refused("a first and a last picture for each sample, [4, 5, 6], found [2, 5, 6]", image: zeros(2, 5, 6), config: one with { PosEmbedSeqLen = 10 });

        static void Refused(
            string expected, Tensor? latents = null, Tensor? timestep = null, Tensor? prompt = null, Tensor? image = null, WanTransformer3DModelConfig? config = null)
        {
            using var model = WanTransformer3DModel.FromConfig(config ?? TinyTransformers.Wan);
            var error = Assert.ThrowsExactly<ArgumentException>(
                () => model.call(latents ?? zeros([2, 4, 3, 8, 8]), timestep ?? zeros(2), prompt ?? zeros(2, 5, 12), image));
            StringAssert.Contains(error.Message, expected);
        }
    }

    [TestMethod]
    public void Forward_OfFluxOnWrongInputs_SaysWhatItExpects()
    {
        var (given, none) = (TinyTransformers.Flux, TinyTransformers.Flux with { GuidanceEmbeds = false });
        Refused("packed latents [batch, image, 8], found [2, 8, 3, 4]", given, latents: zeros(2, 8, 3, 4));
        Refused("[2, text, 12]", given, prompt: zeros(2, 5, 11));
        Refused("[2, 10], found [2, 11]", given, pooled: zeros(2, 11));
        Refused("positions [12, 3], found [6, 3]", given, ids: FluxPositionIds.Prepare(5, 2, 3));
        Refused("expected guidance [batch], found none", given, guidance: null);
        Refused("does not embed the guidance scale", none, guidance: ones(2));

        static void Refused(
            string expected,
            FluxTransformer2DModelConfig config,
            Tensor? latents = null,
            Tensor? prompt = null,
            Tensor? pooled = null,
            Tensor? guidance = null,
            FluxPositionIds? ids = null)
        {
            using var model = FluxTransformer2DModel.FromConfig(config);
            var error = Assert.ThrowsExactly<ArgumentException>(() => model.call(
                latents ?? zeros(2, 12, 8),
                prompt ?? zeros(2, 5, 12),
                pooled ?? zeros(2, 10),
                zeros(2),
                guidance,
                ids ?? FluxPositionIds.Prepare(5, 3, 4)));
            StringAssert.Contains(error.Message, expected);
        }
    }

    [TestMethod]
    public void Forward_OfLatteWithAMask_LooksAtNothingElse()
    {
        using var model = LatteTransformer3DModel.FromConfig(TinyTransformers.Latte);
        var (latents, timestep, prompt) = (randn([2, 4, 3, 8, 8]), zeros(2), randn(2, 5, 12));
        var keep = tensor(new[] { true, true, true, false, false }).expand(2, 5);
        var added = keep.logical_not().to(ScalarType.Float32).Times(-1e4).unsqueeze(1);

        var expected = model.call(latents, timestep, prompt.narrow(1, 0, 3), null, true);

        TensorAssert.Close(expected, model.call(latents, timestep, prompt, keep, true), 1e-5);
        TensorAssert.Close(expected, model.call(latents, timestep, prompt, added, true), 1e-5);
        Assert.IsGreaterThan(1e-4, TensorAssert.MaxDifference(expected, model.call(latents, timestep, prompt, null, true)));
    }

    [TestMethod]
    public void Forward_OfLatteWithoutTemporalBlocks_KeepsFramesApart()
    {
        using var model = LatteTransformer3DModel.FromConfig(TinyTransformers.Latte);
        var (latents, timestep, prompt) = (randn([1, 4, 3, 8, 8]), zeros(1), randn(1, 5, 12));

        var video = model.call(latents, timestep, prompt, null, false);

        for (var frame = 0; frame < 3; frame++)
        {
            var image = model.call(latents.narrow(2, frame, 1), timestep, prompt, null, false);
            TensorAssert.Close(video.narrow(2, frame, 1), image, 1e-5, $"frame {frame}");
        }
    }

    [TestMethod]
    public void FromConfig_OfImpossibleSettings_IsRefused()
    {
        Impossible("cross_attention_dim 16", () => LatteTransformer3DModel.FromConfig(TinyTransformers.Latte with { CrossAttentionDim = null }));
        Impossible("ada_norm_single", () => LatteTransformer3DModel.FromConfig(TinyTransformers.Latte with { NormType = "layer_norm" }));
        Impossible("video_length", () => LatteTransformer3DModel.FromConfig(TinyTransformers.Latte with { VideoLength = 0 }));
        Impossible("image_dim", () => WanTransformer3DModel.FromConfig(TinyTransformers.Wan with { ImageDim = 0 }));
        Impossible("added_kv_proj_dim of the tokens' width 28", () => WanTransformer3DModel.FromConfig(TinyTransformers.Wan with { AddedKvProjDim = 1280 }));
        Impossible("even number", () => WanTransformer3DModel.FromConfig(TinyTransformers.Wan with { ImageDim = 6, PosEmbedSeqLen = 257 }));
        Impossible("even", () => WanTransformer3DModel.FromConfig(TinyTransformers.Wan with { AttentionHeadDim = 13 }));
        Impossible("patch_size", () => WanTransformer3DModel.FromConfig(TinyTransformers.Wan with { PatchSize = (1, 0, 2) }));
        Impossible("sum is 16", () => FluxTransformer2DModel.FromConfig(TinyTransformers.Flux with { AxesDimsRope = (4, 4, 4) }));

        static void Impossible(string expected, Func<nn.Module> build)
        {
            var error = Assert.ThrowsExactly<ArgumentException>(build);
            StringAssert.Contains(error.Message, expected);
        }
    }

    [TestMethod]
    public void FromJson_OfAConfig_GivesItBack()
    {
        Assert.AreEqual(TinyTransformers.Latte, LatteTransformer3DModelConfig.FromJson(TinyTransformers.Latte.ToJson()));
        Assert.AreEqual(TinyTransformers.Wan, WanTransformer3DModelConfig.FromJson(TinyTransformers.Wan.ToJson()));
        Assert.AreEqual(TinyTransformers.Flux, FluxTransformer2DModelConfig.FromJson(TinyTransformers.Flux.ToJson()));
        var error = Assert.ThrowsExactly<InvalidDataException>(() => WanTransformer3DModelConfig.FromJson("""{"patch_size": [1, 2]}"""));
        StringAssert.Contains(error.Message, "three whole numbers");
    }
}
