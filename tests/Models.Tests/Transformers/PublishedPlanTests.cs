using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Masks and ratios as they are published, on the models that they are of.</summary>
[TestClass]
public sealed class PublishedPlanTests
{
    private static readonly double[] s_timesteps = [.. Enumerable.Range(0, 50).Select(step => 1000.0 - 20 * step)];

    [TestMethod]
    [DataRow(1536, 8960, 12, 30, false)]
    [DataRow(5120, 13824, 40, 40, true)]
    public void LeMiCaMask_OfWan_ComputesItsSteps(int width, int ffn, int heads, int layers, bool isLarge)
    {
        int[] published = isLarge ? [0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 16, 22, 29, 36, 43, 47, 49] : [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 18, 25, 32, 39, 46, 49];
        using var model = Wan(width, ffn, heads, layers);
        var plan = CachePlan.Create(new StepMaskConfig { Mask = isLarge ? StepMaskConfig.LeMiCaWanT2V14B : StepMaskConfig.LeMiCaWanT2V13B }, s_timesteps, model.CacheSites, GuidanceLayout.Sequential);
        foreach (var context in plan.Contexts)
            Assert.AreSequenceEqual(published, ComputedStacks(plan, context));
        Assert.AreEqual(plan, CachePlan.FromJson(plan.ToJson()));
    }

    [TestMethod]
    public void MagRatios_OfWan_SkipStacksAfterTheRetainedSteps()
    {
        foreach (var (ratios, width, ffn, heads, layers) in new[] { (MagCacheConfig.WanT2V13BMagRatios, 1536, 8960, 12, 30), (MagCacheConfig.WanT2V14BMagRatios, 5120, 13824, 40, 40) })
        {
            Assert.HasCount(50, ratios);
            using var model = Wan(width, ffn, heads, layers);
            // The settings of its authors for Wan.
            var config = new MagCacheConfig { MagRatios = ratios, NumInferenceSteps = 50, Threshold = 0.12, MaxSkipSteps = 2 };
            var computed = ComputedStacks(CachePlan.Create(config, s_timesteps, model.CacheSites, GuidanceLayout.Sequential), "cond");
            Assert.AreSequenceEqual(Enumerable.Range(0, 10), computed.Take(10), "the first fifth");
            Assert.IsTrue(computed.Length is > 20 and < 30, $"{computed.Length}");
            Assert.AreEqual(3, computed.Zip(computed.Skip(1), (step, next) => next - step).Max());
        }
    }

    [TestMethod]
    public void MagRatios_OfHunyuanVideo_FitItsSteps()
    {
        Assert.HasCount(50, MagCacheConfig.HunyuanVideoMagRatios);
        using var model = TinyTransformers.Create("hunyuan");
        var config = new MagCacheConfig { MagRatios = MagCacheConfig.HunyuanVideoMagRatios, NumInferenceSteps = 50 };
        Assert.IsLessThan(50, ComputedStacks(CachePlan.Create(config, s_timesteps, model.Cache.CacheSites, GuidanceLayout.None), "").Length);
    }

    /// <summary>A published mask is run as the plan of a file, which gives what the mask gives.</summary>
    [TestMethod]
    public void Plan_OfAMask_RunsAsTheMaskDoes()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = TinyTransformers.Create("wan");
        var mask = new StepMaskConfig { Mask = StepMaskConfig.LeMiCaWanT2V13B };
        var plan = CachePlan.FromJson(CachePlan.Create(mask, s_timesteps, model.Cache.CacheSites, GuidanceLayout.None).ToJson());
        var latents = s_timesteps.Select(_ => randn_like(model.Inputs[0])).ToArray();
        var (masked, planned) = (Run(mask), Run(new CachePlanConfig { Plan = plan }));
        for (var step = 0; step < 50; step++)
            TensorAssert.Same(masked[step], planned[step], $"step {step}");

        Tensor[] Run(CacheConfig config)
        {
            model.Cache.EnableCache(config);
            using var run = model.Cache.BeginRun(s_timesteps, GuidanceLayout.None);
            Tensor[] outputs = [.. latents.Select(step => model.Call([step, .. model.Inputs[1..]]))];
            model.Cache.DisableCache();
            return outputs;
        }
    }

    private static int[] ComputedStacks(CachePlan plan, string context)
    {
        var stack = Enumerable.Range(0, plan.Sites.Length).First(site => plan.Sites[site].Kind == SiteKind.BlockStack);
        return [.. plan.RowsOf(context).Where(row => row.Cells[stack].IsComputed).Select(row => row.Index)];
    }

    private static WanTransformer3DModel Wan(int width, int ffn, int heads, int layers) => WanTransformer3DModel.FromConfig(
        WanTransformer3DModelConfig.FromJson($$"""
            {
                "_class_name": "WanTransformer3DModel", "_diffusers_version": "0.33.0.dev0", "attention_head_dim": {{width / heads}}, "cross_attn_norm": true, "eps": 1e-06,
                "freq_dim": 256, "patch_size": [1, 2, 2], "qk_norm": "rms_norm_across_heads", "rope_max_seq_len": 1024, "text_dim": 4096, "ffn_dim": {{ffn}},
                "in_channels": 16, "num_attention_heads": {{heads}}, "num_layers": {{layers}}, "out_channels": 16, "added_kv_proj_dim": null, "image_dim": null
            }
            """), META, ScalarType.BFloat16);
}
