using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class TransformerCacheTests
{
    private static readonly double[] Timesteps = [.. Enumerable.Range(0, 20).Select(i => 950.0 - 50 * i)];

    private static readonly PyramidAttentionBroadcastConfig Everything = new()
    {
        SpatialAttentionBlockSkipRange = 2,
        TemporalAttentionBlockSkipRange = 3,
        CrossAttentionBlockSkipRange = 4,
        FeedForwardBlockSkipRange = 5,
    };

    [TestMethod]
    public void CacheSites_OfEachModel_HaveTheirKinds()
    {
        using var latte = LatteTransformer3DModel.FromConfig(TinyTransformers.Latte with { NumLayers = 1 }, META);
        using var wan = WanTransformer3DModel.FromConfig(TinyTransformers.Wan with { NumLayers = 1 }, META);
        using var flux = FluxTransformer2DModel.FromConfig(TinyTransformers.Flux with { NumSingleLayers = 1 }, META);
        using var hunyuan = HunyuanVideoTransformer3DModel.FromConfig(TinyTransformers.Hunyuan with { NumSingleLayers = 1 }, META);
        using var allegro = AllegroTransformer3DModel.FromConfig(TinyTransformers.Allegro with { NumLayers = 1 }, META);

        AssertSites(
            latte,
            GuidanceLayout.Batched,
            ("transformer_blocks", SiteKind.BlockStack),
            ("proj_out", SiteKind.OutputProjection),
            ("transformer_blocks.0", SiteKind.BlockOutput),
            ("transformer_blocks.0.attn1", SiteKind.SpatialAttention),
            ("transformer_blocks.0.attn2", SiteKind.CrossAttention),
            ("transformer_blocks.0.ff", SiteKind.FeedForward),
            ("transformer_blocks.0.attn2.to_k", SiteKind.PromptProjection),
            ("transformer_blocks.0.attn2.to_v", SiteKind.PromptProjection),
            ("temporal_transformer_blocks.0", SiteKind.BlockOutput),
            ("temporal_transformer_blocks.0.attn1", SiteKind.TemporalAttention),
            ("temporal_transformer_blocks.0.ff", SiteKind.FeedForward));
        Assert.AreEqual("temporal_transformer_blocks.0", latte.CacheSites.Single(site => site.Name == "temporal_transformer_blocks.0.ff").LeftOutWith);
        Assert.AreEqual("transformer_blocks", latte.CacheSites.Single(site => site.Name == "temporal_transformer_blocks.0").LeftOutWith);
        AssertSites(
            wan,
            GuidanceLayout.Sequential,
            ("blocks", SiteKind.BlockStack),
            ("proj_out", SiteKind.OutputProjection),
            ("blocks.0", SiteKind.BlockOutput),
            ("blocks.0.attn1", SiteKind.SpatialAttention),
            ("blocks.0.attn2", SiteKind.CrossAttention),
            ("blocks.0.ffn", SiteKind.FeedForward),
            ("blocks.0.attn2.to_k", SiteKind.PromptProjection),
            ("blocks.0.attn2.to_v", SiteKind.PromptProjection));
        Assert.AreEqual(
            new CacheSite("blocks.0.attn2.to_v", SiteKind.PromptProjection, "blocks.0.attn2", PromptIsMarked: true),
            wan.CacheSites.Single(site => site.Name == "blocks.0.attn2.to_v"));
        Assert.AreEqual("blocks.0", wan.CacheSites.Single(site => site.Name == "blocks.0.attn2").LeftOutWith);
        AssertSites(
            flux,
            GuidanceLayout.None,
            ("transformer_blocks", SiteKind.BlockStack),
            ("single_transformer_blocks", SiteKind.BlockStack),
            ("proj_out", SiteKind.OutputProjection),
            ("transformer_blocks.0", SiteKind.BlockOutput),
            ("transformer_blocks.0.attn", SiteKind.SpatialAttention),
            ("transformer_blocks.0.ff", SiteKind.FeedForward),
            ("transformer_blocks.0.ff_context", SiteKind.FeedForward),
            ("single_transformer_blocks.0", SiteKind.BlockOutput),
            ("single_transformer_blocks.0.attn", SiteKind.SpatialAttention));
        AssertSites(
            hunyuan,
            GuidanceLayout.None,
            ("transformer_blocks", SiteKind.BlockStack),
            ("single_transformer_blocks", SiteKind.BlockStack),
            ("proj_out", SiteKind.OutputProjection),
            ("context_embedder.token_refiner.refiner_blocks.0.attn", SiteKind.SpatialAttention),
            ("context_embedder.token_refiner.refiner_blocks.0.ff", SiteKind.FeedForward),
            ("transformer_blocks.0", SiteKind.BlockOutput),
            ("transformer_blocks.0.attn", SiteKind.SpatialAttention),
            ("transformer_blocks.0.ff", SiteKind.FeedForward),
            ("transformer_blocks.0.ff_context", SiteKind.FeedForward),
            ("single_transformer_blocks.0", SiteKind.BlockOutput),
            ("single_transformer_blocks.0.attn", SiteKind.SpatialAttention));
        AssertSites(
            allegro,
            GuidanceLayout.Batched,
            ("transformer_blocks", SiteKind.BlockStack),
            ("proj_out", SiteKind.OutputProjection),
            ("transformer_blocks.0", SiteKind.BlockOutput),
            ("transformer_blocks.0.attn1", SiteKind.SpatialAttention),
            ("transformer_blocks.0.attn2", SiteKind.CrossAttention),
            ("transformer_blocks.0.ff", SiteKind.FeedForward),
            ("transformer_blocks.0.attn2.to_k", SiteKind.PromptProjection),
            ("transformer_blocks.0.attn2.to_v", SiteKind.PromptProjection));
    }

    /// <summary>What refines the prompt is read through all stacks, and so is left out with what all of them are read by.</summary>
    [TestMethod]
    public void Refiner_OfHunyuan_IsLeftOutWithTheOutputAndTakenByBroadcastAlone()
    {
        const string Attention = "context_embedder.token_refiner.refiner_blocks.0.attn";
        using var model = HunyuanVideoTransformer3DModel.FromConfig(TinyTransformers.Hunyuan, META);
        Assert.AreEqual("proj_out", model.CacheSites.Single(site => site.Name == Attention).LeftOutWith);

        var distilled = new FasterCacheConfig { IsGuidanceDistilled = true, SpatialAttentionTimestepSkipRange = (-1, 1000) };
        foreach (var (config, touches) in new (CacheConfig, bool)[] { (Everything, true), (distilled, false), (new TaylorSeerCacheConfig(), false) })
        {
            var plan = CachePlan.Create(config, Timesteps, model.CacheSites, GuidanceLayout.None);
            string[] touched = [.. plan.Sites.Where((_, site) => plan.Touches(site)).Select(site => site.Name)];
            Assert.AreEqual(touches, touched.Contains(Attention), config.GetType().Name);
            Assert.Contains("single_transformer_blocks.1.attn", touched);
        }
    }

    [TestMethod]
    [DataRow("hunyuan")]
    [DataRow("hunyuan of an image")]
    [DataRow("allegro")]
    public void Forward_OfAForecastOutput_RunsNothingElse(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = TinyTransformers.Create(name);
        var expected = model.Forward();
        model.Cache.EnableCache(CacheConfig.Compose(
            new TaylorSeerCacheConfig { UseLiteMode = true, CacheInterval = 2, TaylorFactorsDtype = ScalarType.Float32 }, Everything));
        var attention = new AttentionCounter(model.Module);
        using var run = model.Cache.BeginRun(Timesteps, GuidanceLayout.None);
        var idle = 0;
        foreach (var row in run.Plan!.Rows)
        {
            attention.Clear();
            TensorAssert.Close(expected, model.Forward(), 1e-5, $"forward {row.Index}");
            idle += attention.Rows.Count == 0 ? 1 : 0;
        }
        Assert.IsGreaterThan(5, idle);
    }

    [TestMethod]
    public void CacheSites_OfPackedAndOfJointVideo_HaveTheirKinds()
    {
        using var ltx = LTXVideoTransformer3DModel.FromConfig(TinyTransformers.LTX with { NumLayers = 1 }, META);
        using var mochi = MochiTransformer3DModel.FromConfig(TinyTransformers.Mochi with { NumLayers = 1 }, META);

        AssertSites(
            ltx,
            GuidanceLayout.Batched,
            ("transformer_blocks", SiteKind.BlockStack),
            ("proj_out", SiteKind.OutputProjection),
            ("transformer_blocks.0", SiteKind.BlockOutput),
            ("transformer_blocks.0.attn1", SiteKind.SpatialAttention),
            // As diffusers' caches see it.
            ("transformer_blocks.0.attn2", SiteKind.SpatialAttention),
            ("transformer_blocks.0.ff", SiteKind.FeedForward),
            ("transformer_blocks.0.attn2.to_k", SiteKind.PromptProjection),
            ("transformer_blocks.0.attn2.to_v", SiteKind.PromptProjection));
        AssertSites(
            mochi,
            GuidanceLayout.Batched,
            ("transformer_blocks", SiteKind.BlockStack),
            ("proj_out", SiteKind.OutputProjection),
            ("transformer_blocks.0", SiteKind.BlockOutput),
            ("transformer_blocks.0.attn1", SiteKind.SpatialAttention),
            ("transformer_blocks.0.ff", SiteKind.FeedForward));
    }

    [TestMethod]
    [DataRow("ltx")]
    [DataRow("ltx with norms")]
    [DataRow("mochi")]
    public void SelfCheck_OfEveryVariant_FindsNoFault(string name)
    {
        using var model = TinyTransformers.Create(name);
        var report = CacheSelfCheck.RunOn(model.Cache, model.Forward, model.Inputs);
        Assert.IsTrue(report.Passed, report.ToString());
    }

    [TestMethod]
    [DataRow("latte")]
    [DataRow("wan")]
    [DataRow("wan without norm")]
    [DataRow("wan of an image")]
    [DataRow("wan of two pictures")]
    [DataRow("wan of tokens")]
    [DataRow("flux")]
    [DataRow("ltx")]
    [DataRow("mochi")]
    [DataRow("hunyuan")]
    [DataRow("hunyuan of an image")]
    [DataRow("allegro")]
    public void Forward_WithTheSameInputs_IsTheSameWhateverIsReused(string name)
    {
        using var noGrad = no_grad();
        using var model = TinyTransformers.Create(name);
        using var expected = model.Forward();
        var statistics = DisposeScopeManager.Statistics;
        var before = statistics.ThreadTotalLiveCount;
        model.Cache.EnableCache(Everything);

        using (var run = model.Cache.BeginRun(Timesteps, GuidanceLayout.None))
        {
            foreach (var row in run.Plan!.Rows)
            {
                using var output = model.Forward();
                TensorAssert.Close(expected, output, 1e-6, $"forward {row.Index}");
            }

            Assert.IsTrue(run.Plan.Rows.Any(row => row.Cells.Where((_, site) => run.Plan.Touches(site)).All(cell => !cell.IsComputed)), "no forward reuses everything");
        }

        model.Cache.DisableCache();
        Assert.AreEqual(before, statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    [DataRow("wan")]
    [DataRow("wan of an image")]
    [DataRow("wan of two pictures")]
    [DataRow("wan of tokens")]
    [DataRow("flux")]
    [DataRow("ltx")]
    [DataRow("mochi")]
    [DataRow("hunyuan")]
    public void Forward_OfContextsInterleaved_GivesWhatEachGivesAlone(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = TinyTransformers.Create(name);
        model.Cache.EnableCache(Everything with { SpatialAttentionTimestepSkipRange = (-1, 1000) });
        var noise = Timesteps.Select(_ => randn_like(model.Inputs[0])).ToList();
        var alone = new[] { Denoise(model, noise, 0), Denoise(model, noise, 1) };

        using var run = model.Cache.BeginRun(Timesteps, GuidanceLayout.Sequential);
        for (var step = 0; step < Timesteps.Length; step++)
        {
            foreach (var (sample, context) in new[] { (0, "cond"), (1, "uncond") })
            {
                using var within = model.Cache.CacheContext(context);
                TensorAssert.Close(alone[sample][step], ForwardOf(model, noise[step], sample), 1e-6, $"{context} in step {step}");
            }
        }
    }

    [TestMethod]
    [DataRow("latte")]
    [DataRow("ltx")]
    [DataRow("mochi")]
    public void Forward_OfTwoVideosInARun_GivesWhatEachGivesAlone(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = TinyTransformers.Create(name);
        model.Cache.EnableCache(Everything);
        var noise = Timesteps.Select(_ => randn_like(model.Inputs[0])).ToList();
        var alone = new[] { Denoise(model, noise, 0), Denoise(model, noise, 1) };

        using var run = model.Cache.BeginRun(Timesteps, GuidanceLayout.None);
        for (var step = 0; step < Timesteps.Length; step++)
        {
            var both = model.Call([noise[step], .. model.Inputs[1..]]);
            for (var sample = 0; sample < 2; sample++)
                TensorAssert.Close(alone[sample][step], both.narrow(0, sample, 1), 1e-5, $"video {sample} in step {step}");
        }
    }

    [TestMethod]
    public void BeginRun_OfBranchSkippingOnTwoCalls_IsRefused()
    {
        using var model = TinyTransformers.Create("wan");
        model.Cache.EnableCache(new FasterCacheConfig());

        var error = Assert.Throws<ArgumentException>(() => model.Cache.BeginRun(Timesteps));

        StringAssert.Contains(error.Message, "unconditional half");
    }

    [TestMethod]
    public void Forward_WithoutTemporalBlocksInARun_IsRefused()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = LatteTransformer3DModel.FromConfig(TinyTransformers.Latte);
        model.EnableCache(Everything);
        using var run = model.BeginRun(Timesteps, GuidanceLayout.None);

        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => model.call(randn([1, 4, 3, 8, 8]), tensor(new long[] { 900 }), randn(1, 5, 12), null, false));

        StringAssert.Contains(error.Message, "temporal_transformer_blocks.0");
    }

    [TestMethod]
    public void Forward_WithAnInputThatTheConfigDoesNotName_IsRefusedAndTheRunGoesOn()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = LatteTransformer3DModel.FromConfig(TinyTransformers.Latte);
        model.EnableCache(new FasterCacheConfig { UnconditionalConditionalInputKwargsIdentifiers = ["hidden_states", "timestep", "encoder_hidden_states"] });
        using var run = model.BeginRun(Timesteps, GuidanceLayout.Batched);
        var (latents, prompt, timestep) = (randn([2, 4, 3, 8, 8]), randn(2, 5, 12), tensor(new long[] { 950, 950 }));
        var mask = ones([2, 5], ScalarType.Bool);

        Assert.Contains("halves encoder_attention_mask", Assert.ThrowsExactly<ArgumentException>(() => model.call(latents, timestep, prompt, mask, true)).Message);
        Assert.IsFalse(model.call(latents, timestep, prompt, null, true).IsInvalid);
        Assert.HasCount(1, run.Recorded().Rows);

        model.DisableCache();
        model.EnableCache(new FasterCacheConfig { UnconditionalConditionalInputKwargsIdentifiers = ["hidden_states", "timestep", "encoder_hidden_states", "encoder_attention_mask"] });
        using var named = model.BeginRun(Timesteps, GuidanceLayout.Batched);
        Assert.IsFalse(model.call(latents, timestep, prompt, mask, true).IsInvalid);
    }

    [TestMethod]
    [DataRow("latte", "none")]
    [DataRow("wan", "none")]
    [DataRow("flux", "none")]
    [DataRow("ltx", "none")]
    [DataRow("mochi", "none")]
    [DataRow("latte", "PAB")]
    [DataRow("wan", "PAB")]
    [DataRow("flux", "PAB")]
    [DataRow("ltx", "PAB")]
    [DataRow("mochi", "PAB")]
    [DataRow("latte", "FasterCache")]
    [DataRow("wan", "FasterCache")]
    [DataRow("mochi", "FasterCache")]
    [DataRow("hunyuan", "none")]
    [DataRow("hunyuan of an image", "none")]
    [DataRow("allegro", "none")]
    [DataRow("hunyuan", "PAB")]
    [DataRow("allegro", "PAB")]
    [DataRow("hunyuan", "FasterCache")]
    [DataRow("allegro", "FasterCache")]
    public void Forward_OfOneTimestepForTheBatch_GivesWhatOneForEachGives(string name, string cache)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = TinyTransformers.Create(name);
        CacheConfig? config = cache switch
        {
            "PAB" => Everything,
            "FasterCache" => new FasterCacheConfig { SpatialAttentionTimestepSkipRange = (-1, 900), UnconditionalBatchTimestepSkipRange = (-1, 900) },
            _ => null,
        };
        var noise = Timesteps.Select(_ => randn_like(model.Inputs[0])).ToList();
        var expected = Run(2);
        var actual = Run(1);
        for (var step = 0; step < Timesteps.Length; step++)
            TensorAssert.Close(expected[step], actual[step], 1e-5, $"step {step}");

        List<Tensor> Run(long rows)
        {
            if (config is not null)
                model.Cache.EnableCache(config);
            using var run = config is null ? null : model.Cache.BeginRun(Timesteps, GuidanceLayout.Batched);
            var outputs = Timesteps.Select((timestep, i) => model.Call([
                noise[i],
                model.Inputs[1],
                TensorArithmetic.Full([rows], name == "flux" ? timestep / 1000 : timestep, ScalarType.Float32),
                .. model.Inputs[3..],
            ])).ToList();
            Assert.AreEqual(cache == "FasterCache", run?.Plan!.SkippedUnconditionalHalves > 0);
            model.Cache.DisableCache();
            return outputs;
        }
    }

    private static List<Tensor> Denoise(TinyTransformer model, IReadOnlyList<Tensor> noise, int sample)
    {
        using var run = model.Cache.BeginRun(Timesteps, GuidanceLayout.None);
        return [.. noise.Select(latents => ForwardOf(model, latents, sample))];
    }

    private static Tensor ForwardOf(TinyTransformer model, Tensor latents, int sample) =>
        (model with { Inputs = [latents, .. model.Inputs[1..]] }).ForwardOf(sample);

    private static void AssertSites(ICacheableModel model, GuidanceLayout layout, params (string Name, SiteKind Kind)[] sites)
    {
        Assert.AreEqual(layout, model.GuidanceLayout);
        CollectionAssert.AreEqual(((string, SiteKind)[])[.. sites, ("(model)", SiteKind.Model)], model.CacheSites.Select(site => (site.Name, site.Kind)).ToArray());
    }
}
