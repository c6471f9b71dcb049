using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>What recordings of one small config do not show of Allegro.</summary>
[TestClass]
public sealed class AllegroTests
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
    public void Config_OfNoKeys_HasDiffusersDefaults()
    {
        var config = AllegroTransformer3DModelConfig.FromJson("{}");
        Assert.AreEqual(new AllegroTransformer3DModelConfig(), config);
        Assert.AreEqual((2, 1, 24, 96, 4, 4, 32), (
            config.PatchSize, config.PatchSizeT, config.NumAttentionHeads, config.AttentionHeadDim, config.InChannels, config.OutChannels, config.NumLayers));
        Assert.AreEqual((0.0, 2304, true, 90, 160, 22, "gelu-approximate"), (
            config.Dropout, config.CrossAttentionDim, config.AttentionBias, config.SampleHeight, config.SampleWidth, config.SampleFrames, config.ActivationFn));
        Assert.AreEqual((false, 1e-6, 4096, 2.0, 2.0, 2.2), (
            config.NormElementwiseAffine, config.NormEps, config.CaptionChannels, config.InterpolationScaleH, config.InterpolationScaleW, config.InterpolationScaleT));
        var derived = AllegroTransformer3DModelConfig.FromJson(
            """{"interpolation_scale_h": null, "interpolation_scale_w": null, "interpolation_scale_t": null, "sample_frames": 33}""");
        Assert.AreEqual((3.0, 3.0, 4.0), derived.InterpolationScale);
        Assert.AreEqual(TinyTransformers.Allegro, AllegroTransformer3DModelConfig.FromJson(TinyTransformers.Allegro.ToJson()));
    }

    [TestMethod]
    public void RotaryPositions_OfTheModel_AreThoseThatWereRecorded()
    {
        var inputs = Recording.Tensors("allegro-tiny", "inputs.safetensors");
        var recorded = AllegroTransformer3DModel.OfTables(
            [.. Enumerable.Range(0, 3).Select(axis => (inputs[$"image_rotary_emb.0.{axis}.0"], inputs[$"image_rotary_emb.0.{axis}.1"]))],
            [.. Enumerable.Range(0, 3).Select(axis => inputs[$"image_rotary_emb.1.{axis}"])]);
        using var model = AllegroTransformer3DModel.FromPretrained(Recording.PathOf("allegro-tiny", "model"));
        var prepared = model.PrepareRotaryPositionalEmbeddings(64, 64, 3);
        TensorAssert.Close(recorded.Cos, prepared.Cos, 1e-6, "cosines");
        TensorAssert.Close(recorded.Sin, prepared.Sin, 1e-6, "sines");
        Assert.ThrowsExactly<ArgumentException>(() => model.PrepareRotaryPositionalEmbeddings(8, 64, 3));
        Assert.ThrowsExactly<ArgumentException>(() => AllegroTransformer3DModel.PrepareRotaryPositionalEmbeddings(new() { AttentionHeadDim = 64 }, 64, 64, 3));
        Assert.ThrowsExactly<ArgumentException>(() => AllegroTransformer3DModel.OfTables([], []));
    }

    /// <summary>x·cos + (−second half, first half)·sin in each third of a head.</summary>
    [TestMethod]
    [DataRow(ScalarType.Float32, 1e-6)]
    [DataRow(ScalarType.Float64, 1e-6)]
    [DataRow(ScalarType.BFloat16, 2e-2)]
    public void RotaryPositions_TurnHalvesOfEachAxis(ScalarType dtype, double limit)
    {
        var rotary = AllegroTransformer3DModel.PrepareRotaryPositionalEmbeddings(TinyTransformers.Allegro, 64, 96, 3);
        var input = randn([2, 72, 2, 12]);
        var parts = input.unflatten(3, 3, 2, 2);
        var turned = stack([parts.select(4, 1).negative(), parts.select(4, 0)], 4).flatten(3);
        var expected = (input * rotary.Cos.unsqueeze(1)).Plus(turned * rotary.Sin.unsqueeze(1));
        TensorAssert.Close(expected, rotary.Apply(input.to(dtype)), limit);
    }

    [TestMethod]
    public void Forward_OfMasks_LooksAtNothingElse()
    {
        using var model = AllegroTransformer3DModel.FromConfig(TinyTransformers.Allegro);
        var (latents, prompt, timestep) = (randn([1, 4, 3, 8, 12]), randn(1, 5, 12), tensor(new long[] { 500 }));
        var rotary = model.PrepareRotaryPositionalEmbeddings(64, 96, 3);
        Tensor Of(Tensor text, Tensor? mask = null, Tensor? encoderMask = null) => model.call(latents, text, timestep, mask, encoderMask, rotary);

        var expected = Of(prompt.narrow(1, 0, 3));
        var keep = tensor(new long[] { 1, 1, 1, 0, 0 }).unsqueeze(0);
        var added = 1.Minus(keep.to(ScalarType.Float32)).Times(-1e4).unsqueeze(1);
        TensorAssert.Close(expected, Of(prompt, encoderMask: keep), 1e-5, "integers");
        TensorAssert.Close(expected, Of(prompt, encoderMask: keep.to(ScalarType.Bool)), 1e-5, "booleans");
        TensorAssert.Close(expected, Of(prompt, encoderMask: added), 1e-5, "numbers that are added");
        TensorAssert.Same(Of(prompt), Of(prompt.unsqueeze(1)), "a prompt of four dimensions");
        Assert.IsGreaterThan(1e-4, TensorAssert.MaxDifference(expected, Of(prompt)));

        // One latent of a patch is enough for it to be looked at; a longer mask is cut.
        var all = zeros(1, 5, 8, 12, dtype: ScalarType.Int64);
        all.index_put_(ones(1, dtype: ScalarType.Int64), TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(1, null, 2), TensorIndex.Slice(0, null, 2));
        TensorAssert.Close(Of(prompt), Of(prompt, all), 1e-5, "all patches");
        var some = all.clone();
        some.narrow(1, 2, 1).zero_();
        var masked = Of(prompt, some);
        Assert.IsGreaterThan(1e-4, TensorAssert.MaxDifference(Of(prompt), masked));
        var tokens = cat([zeros(1, 1, 48), TensorArithmetic.Full([1, 1, 24], -1e4)], 2);
        TensorAssert.Close(masked, Of(prompt, tokens), 1e-5, "a mask of tokens that is added");
    }

    [TestMethod]
    public void Forward_OfOtherConfigs_GivesTheirShapes()
    {
        Check(TinyTransformers.Allegro with { PatchSize = 4, OutChannels = 6, NormElementwiseAffine = true }, [1, 6, 4, 8, 12]);
        Check(TinyTransformers.Allegro with { PatchSizeT = 2, AttentionBias = false }, [1, 4, 4, 8, 12]);
        Check(TinyTransformers.Allegro with { NumLayers = 0 }, [1, 4, 4, 8, 12]);

        static void Check(AllegroTransformer3DModelConfig config, long[] shape)
        {
            using var model = AllegroTransformer3DModel.FromConfig(config);
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            for (var i = 0; i < 2; i++)
            {
                using var inputs = NewDisposeScope();
                var rotary = model.PrepareRotaryPositionalEmbeddings(64, 96, 4);
                var output = model.call(randn([1, 4, 4, 8, 12]), randn(1, 5, 12), tensor(new long[] { 500 }), null, null, rotary);
                CollectionAssert.AreEqual(shape, output.shape);
                Assert.IsTrue(output.isfinite().all().item<bool>());
            }
            // The frequencies of timesteps are kept.
            Assert.AreEqual(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
    }

    [TestMethod]
    public void StateDict_OfAffineNorms_HasThoseOfTheNormThatIsNeverCalled()
    {
        using var affine = AllegroTransformer3DModel.FromConfig(TinyTransformers.Allegro with { NormElementwiseAffine = true });
        using var plain = AllegroTransformer3DModel.FromConfig(TinyTransformers.Allegro);
        string[] more = [.. affine.state_dict().Keys.Except(plain.state_dict().Keys).Where(key => key.StartsWith("transformer_blocks.0.", StringComparison.Ordinal))];
        CollectionAssert.AreEquivalent(
            new[] { "norm1", "norm2", "norm3" }.SelectMany(norm => new[] { $"transformer_blocks.0.{norm}.weight", $"transformer_blocks.0.{norm}.bias" }).ToArray(), more);
    }

    [TestMethod]
    public void Forward_OnWrongInputs_SaysWhatItExpects()
    {
        Refused("[batch, channels, frames, height, width], found [2, 4, 8, 8]", latents: zeros(2, 4, 8, 8));
        Refused("patch size 1 × 2 × 2", latents: zeros([2, 4, 3, 8, 7]));
        Refused("type Float32, as the model, found BFloat16", latents: zeros([2, 4, 3, 8, 12], dtype: ScalarType.BFloat16));
        Refused("[2, text, 12], found [2, 5, 13]", prompt: zeros(2, 5, 13));
        Refused("[2, text, 12], found [2, 2, 5, 12]", prompt: zeros(2, 2, 5, 12));
        Refused("expected [2], found [3]", timestep: zeros(3));
        Refused("[2, 3, 8, 12], or [2, 1, 72] of numbers that are added to the scores, found [2, 2, 8, 12]", mask: ones(2, 2, 8, 12));
        Refused("[2, 5], or [2, 1, 5]", encoderMask: ones(2, 6));
        Refused("[2, 5], or [2, 1, 5]", encoderMask: ones(2, 1, 5, dtype: ScalarType.Int64));
        Refused("positions [72, 12], found [48, 12]", rotary: AllegroTransformer3DModel.PrepareRotaryPositionalEmbeddings(TinyTransformers.Allegro, 64, 96, 2));

        static void Refused(
            string expected, Tensor? latents = null, Tensor? prompt = null, Tensor? timestep = null, Tensor? mask = null, Tensor? encoderMask = null, RotaryEmbedding? rotary = null)
        {
            using var model = AllegroTransformer3DModel.FromConfig(TinyTransformers.Allegro);
            var error = Assert.ThrowsExactly<ArgumentException>(
                () => model.call(latents ?? zeros([2, 4, 3, 8, 12]), prompt ?? zeros(2, 5, 12), timestep ?? zeros(2), mask, encoderMask, rotary));
            Assert.Contains(expected, error.Message);
        }
    }

    [TestMethod]
    public void FromConfig_OfImpossibleSettings_IsRefused()
    {
        Impossible("cross_attention_dim 24", config => config with { CrossAttentionDim = 32 });
        Impossible("patch_size_t above 0", config => config with { PatchSizeT = 0 });
        Impossible("interpolation_scale_t above 0", config => config with { InterpolationScaleT = null, SampleFrames = 8 });
        Impossible("activation 'other' is not known", config => config with { ActivationFn = "other" });

        static void Impossible(string expected, Func<AllegroTransformer3DModelConfig, AllegroTransformer3DModelConfig> change)
        {
            var refused = Assert.ThrowsExactly<ArgumentException>(() => AllegroTransformer3DModel.FromConfig(change(TinyTransformers.Allegro)));
            Assert.Contains(expected, refused.Message);
        }
    }
}
