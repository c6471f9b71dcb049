using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>What recordings of one small config do not show of Hunyuan Video.</summary>
[TestClass]
public sealed class HunyuanVideoTests
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
        var config = HunyuanVideoTransformer3DModelConfig.FromJson("{}");
        Assert.AreEqual(new HunyuanVideoTransformer3DModelConfig(), config);
        Assert.AreEqual((16, 16, 24, 128, 20, 40, 2), (
            config.InChannels, config.OutChannels, config.NumAttentionHeads, config.AttentionHeadDim, config.NumLayers, config.NumSingleLayers, config.NumRefinerLayers));
        Assert.AreEqual((4.0, 2, 1, "rms_norm", true, 4096, 768), (
            config.MlpRatio, config.PatchSize, config.PatchSizeT, config.QkNorm, config.GuidanceEmbeds, config.TextEmbedDim, config.PooledProjectionDim));
        Assert.AreEqual((256.0, (16, 56, 56), null), (config.RopeTheta, config.RopeAxesDim, config.ImageConditionType));
        Assert.AreEqual(3, HunyuanVideoTransformer3DModelConfig.FromJson("""{"in_channels": 3, "out_channels": null}""").Outputs);
        Assert.AreEqual(TinyTransformers.Hunyuan, HunyuanVideoTransformer3DModelConfig.FromJson(TinyTransformers.Hunyuan.ToJson()));
    }

    /// <summary>At timestep 0 all tokens are as those of a first frame that is given; at others only these are.</summary>
    [TestMethod]
    public void Forward_OfAGivenFirstFrame_TakesItsTokensAtTimestep0()
    {
        var config = TinyTransformers.Hunyuan with { GuidanceEmbeds = false };
        using var plain = HunyuanVideoTransformer3DModel.FromConfig(config);
        using var replacing = HunyuanVideoTransformer3DModel.FromConfig(config with { ImageConditionType = "token_replace" });
        CollectionAssert.AreEqual(plain.state_dict().Keys, replacing.state_dict().Keys);
        foreach (var (parameter, value) in replacing.parameters().Zip(plain.parameters()))
            parameter.copy_(value);
        var (latents, prompt, pooled, mask) = (randn([2, 4, 3, 8, 12]), randn(2, 5, 12), randn(2, 10), ones(2, 5));

        Tensor Of(HunyuanVideoTransformer3DModel model, float timestep) => model.call(latents, tensor(new[] { timestep, timestep }), prompt, mask, pooled, null);

        TensorAssert.Close(Of(plain, 0), Of(replacing, 0), 1e-5);
        var (before, after) = (Of(plain, 900), Of(replacing, 900));
        Assert.IsGreaterThan(1e-3, TensorAssert.MaxDifference(before.narrow(2, 0, 1), after.narrow(2, 0, 1)));
    }

    [TestMethod]
    [DataRow("hunyuan")]
    [DataRow("hunyuan of an image")]
    public void Forward_OfAMask_LooksAtNothingElse(string name)
    {
        using var model = TinyTransformers.Create(name);
        var expected = model.Forward();
        var other = model.Inputs[1].clone();
        other.narrow(0, 1, 1).narrow(1, 3, 2).Plus_(5.0);

        Tensor With(Tensor prompt, Tensor mask) => model.Call([model.Inputs[0], prompt, model.Inputs[2], model.Inputs[3], mask]);

        // Masked tokens of the second sample alone are others.
        TensorAssert.Close(expected, With(other, model.Inputs[4]), 1e-6, "masked tokens");
        TensorAssert.Same(expected, With(model.Inputs[1], model.Inputs[4].to(ScalarType.Int64)), "integers");
        TensorAssert.Same(expected, With(model.Inputs[1], model.Inputs[4].to(ScalarType.Bool)), "booleans");
        Assert.IsGreaterThan(1e-4, TensorAssert.MaxDifference(expected, With(other, ones_like(model.Inputs[4]))));
    }

    [TestMethod]
    public void Forward_OfOtherConfigs_GivesTheirShapes()
    {
        Check(TinyTransformers.Hunyuan with { InChannels = 9, ImageConditionType = "latent_concat" }, [1, 4, 3, 8, 12]);
        Check(TinyTransformers.Hunyuan with { PatchSize = 4, PatchSizeT = 3, OutChannels = null }, [1, 4, 3, 8, 12]);
        Check(TinyTransformers.Hunyuan with { PatchSize = 1, QkNorm = "layer_norm", OutChannels = 7 }, [1, 7, 3, 8, 12]);
        Check(TinyTransformers.Hunyuan with { NumLayers = 0, NumRefinerLayers = 0 }, [1, 4, 3, 8, 12]);
        Check(TinyTransformers.Hunyuan with { NumSingleLayers = 0, NumRefinerLayers = 3, ImageConditionType = "token_replace" }, [1, 4, 3, 8, 12]);

        static void Check(HunyuanVideoTransformer3DModelConfig config, long[] shape)
        {
            using var model = HunyuanVideoTransformer3DModel.FromConfig(config);
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            for (var i = 0; i < 2; i++)
            {
                using var inputs = NewDisposeScope();
                var output = model.call(randn([1, config.InChannels, 3, 8, 12]), tensor(new[] { 500f }), randn(1, 5, 12), ones(1, 5), randn(1, 10), tensor(new[] { 1000f }));
                CollectionAssert.AreEqual(shape, output.shape);
                Assert.IsTrue(output.isfinite().all().item<bool>());
            }
            // The tables of positions are kept, and the frequencies of timesteps, guidance's among them.
            Assert.AreEqual(before + 4, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
    }

    [TestMethod]
    [DataRow("hunyuan")]
    [DataRow("hunyuan of an image")]
    public void SelfCheck_OfARefinedPrompt_FindsNoFault(string name)
    {
        using var model = TinyTransformers.Create(name);
        var report = CacheSelfCheck.RunOn(model.Cache, model.Forward, model.Inputs);
        Assert.IsTrue(report.Passed, report.ToString());
        Assert.IsTrue(report.Comparisons.Any(comparison => comparison.Reused.Contains("context_embedder.token_refiner.refiner_blocks.0.attn")));
    }

    [TestMethod]
    public void Forward_OnWrongInputs_SaysWhatItExpects()
    {
        Refused("[batch, channels, frames, height, width], found [2, 4, 8, 8]", latents: zeros(2, 4, 8, 8));
        Refused("4 channels", latents: zeros([2, 5, 3, 8, 8]));
        Refused("patch size 1 × 2 × 2", latents: zeros([2, 4, 3, 8, 7]));
        Refused("type Float32, as the model, found BFloat16", latents: zeros([2, 4, 3, 8, 8], dtype: ScalarType.BFloat16));
        Refused("expected [2], found [3]", timestep: zeros(3));
        Refused("[2, text, 12], found [2, 5, 13]", prompt: zeros(2, 5, 13));
        Refused("one prompt token at least", prompt: zeros(2, 0, 12), mask: ones(2, 0));
        Refused("[2, 5], found [2, 6]", mask: ones(2, 6));
        Refused("[2, 10], found [2, 11]", pooled: zeros(2, 11));
        Refused("expected guidance [batch], found none", guided: false);

        static void Refused(
            string expected, Tensor? latents = null, Tensor? timestep = null, Tensor? prompt = null, Tensor? mask = null, Tensor? pooled = null, bool guided = true)
        {
            using var model = HunyuanVideoTransformer3DModel.FromConfig(TinyTransformers.Hunyuan);
            var error = Assert.ThrowsExactly<ArgumentException>(() => model.call(
                latents ?? zeros([2, 4, 3, 8, 8]), timestep ?? zeros(2), prompt ?? zeros(2, 5, 12), mask ?? ones(2, 5), pooled ?? zeros(2, 10), guided ? ones(2) : null));
            Assert.Contains(expected, error.Message);
        }
    }

    [TestMethod]
    public void FromConfig_OfImpossibleSettings_IsRefused()
    {
        Impossible("rope_axes_dim of even numbers whose sum is 16", config => config with { RopeAxesDim = (4, 4, 4) });
        Impossible("rope_axes_dim of even numbers", config => config with { RopeAxesDim = (5, 5, 6) });
        Impossible("image_condition_type 'latent_concat', 'token_replace' or null, found 'other'", config => config with { ImageConditionType = "other" });
        Impossible("mlp_ratio above 0", config => config with { MlpRatio = double.NaN });
        Impossible("mlp_ratio that leaves", config => config with { MlpRatio = 0.001 });
        Impossible("rope_theta above 0", config => config with { RopeTheta = 0 });
        Impossible("num_refiner_layers of 0 or more", config => config with { NumRefinerLayers = -1 });
        var error = Assert.ThrowsExactly<NotSupportedException>(() => HunyuanVideoTransformer3DModel.FromConfig(TinyTransformers.Hunyuan with { QkNorm = "l2" }));
        Assert.Contains("qk_norm 'rms_norm', 'layer_norm' or null, found 'l2'", error.Message);

        static void Impossible(string expected, Func<HunyuanVideoTransformer3DModelConfig, HunyuanVideoTransformer3DModelConfig> change)
        {
            var refused = Assert.ThrowsExactly<ArgumentException>(() => HunyuanVideoTransformer3DModel.FromConfig(change(TinyTransformers.Hunyuan)));
            Assert.Contains(expected, refused.Message);
        }
    }
}
