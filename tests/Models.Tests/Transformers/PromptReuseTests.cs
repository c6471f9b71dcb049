using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>What models make of the prompt alone is computed once and handed out exactly.</summary>
[TestClass]
public sealed class PromptReuseTests
{
    private static readonly double[] s_timesteps = [.. Enumerable.Range(0, 8).Select(i => 950.0 - (100 * i))];

    /// <summary>Computes every site of its own.</summary>
    private static readonly CacheMethodConfig s_computing = new() { Selects = site => site.Kind == SiteKind.FeedForward, Computes = _ => true };

    private static readonly PyramidAttentionBroadcastConfig s_crossTwice = new() { CrossAttentionBlockSkipRange = 2, CrossAttentionTimestepSkipRange = (-1, 1000) };

    private static readonly FasterCacheConfig s_faster = new()
    {
        UnconditionalBatchSkipRange = 4,
        UnconditionalBatchTimestepSkipRange = (-1, 1000),
        SpatialAttentionBlockSkipRange = null,
    };

    private readonly DisposeScope _scope = NewDisposeScope();

    [TestCleanup]
    public void Cleanup() => _scope.Dispose();

    [TestMethod]
    [DataRow("wan", GuidanceLayout.None)]
    [DataRow("wan", GuidanceLayout.Batched)]
    [DataRow("wan", GuidanceLayout.Sequential)]
    [DataRow("wan without norm", GuidanceLayout.Batched)]
    [DataRow("wan of an image", GuidanceLayout.Batched)]
    [DataRow("wan of an image", GuidanceLayout.Sequential)]
    [DataRow("wan of two pictures", GuidanceLayout.Sequential)]
    [DataRow("wan of tokens", GuidanceLayout.Batched)]
    [DataRow("latte", GuidanceLayout.Batched)]
    [DataRow("latte", GuidanceLayout.None)]
    [DataRow("ltx", GuidanceLayout.Batched)]
    [DataRow("ltx", GuidanceLayout.None)]
    [DataRow("allegro", GuidanceLayout.Batched)]
    public void Forward_ThatReusesOnlyThePrompt_IsTheUncachedOneBitForBit(string name, GuidanceLayout layout)
    {
        using var noGradient = no_grad();
        using var model = TinyTransformers.Create(name);
        var inputs = Inputs(model);
        var expected = Denoise(model, inputs, null, layout);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var projections = new ProjectionCounter(model.Module))
        {
            using (NewDisposeScope())
            {
                AssertSame(expected, Denoise(model, inputs, s_computing, layout, run =>
                {
                    Assert.AreEqual("CRRRRRRR", PromptCells(run.Recorded()));
                    Assert.AreEqual(run.Plan, run.Recorded());
                }));
            }
            Assert.AreEqual(layout == GuidanceLayout.Sequential ? 2 * projections.Count : projections.Count, projections.Calls);
        }
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    [DataRow("wan", GuidanceLayout.Batched)]
    [DataRow("wan", GuidanceLayout.Sequential)]
    [DataRow("latte", GuidanceLayout.Batched)]
    [DataRow("ltx", GuidanceLayout.Batched)]
    public void Forward_WhosePromptChanges_ComputesItAnew(string name, GuidanceLayout layout)
    {
        using var noGradient = no_grad();
        using var model = TinyTransformers.Create(name);
        var inputs = Changing(model, at: [3, 6]);
        var expected = Denoise(model, inputs, null, layout);
        CachePlan? recorded = null;
        AssertSame(expected, Denoise(model, inputs, s_computing, layout, run => recorded = run.Recorded()));
        Assert.AreEqual("CRRCRRCR", PromptCells(recorded!));

        var replayed = CachePlan.FromJson(recorded!.ToJson());
        AssertSame(expected, Denoise(model, inputs, s_computing, layout, run => Assert.AreEqual(recorded, run.Recorded()), plan: replayed));
        // Where the replay's prompt changes at another forward, that is noticed as well.
        var others = Changing(model, at: [4]);
        AssertSame(Denoise(model, others, null, layout), Denoise(model, others, s_computing, layout, plan: replayed));
    }

    [TestMethod]
    public void Forward_WhosePromptIsWrittenOver_ComputesItAnew()
    {
        using var noGradient = no_grad();
        using var model = TinyTransformers.Create("wan");
        var (prompt, other) = (model.Inputs[1].clone(), randn_like(model.Inputs[1]));
        var expected = new[] { model.Forward(), model.Call([model.Inputs[0], other, model.Inputs[2]]) };
        model.Cache.EnableCache(s_computing);
        using var run = model.Cache.BeginRun(s_timesteps, GuidanceLayout.None);
        for (var step = 0; step < 4; step++)
        {
            if (step == 2)
                prompt.copy_(other);
            TensorAssert.Same(expected[step / 2], model.Call([model.Inputs[0], prompt, model.Inputs[2]]), $"step {step}");
        }
        Assert.AreEqual("CRCR", PromptCells(run.Recorded()));
    }

    [TestMethod]
    [DataRow(false, "cCRc")]
    [DataRow(true, "CRRR")]
    public void Forward_OfAPromptThatIsSaidToBeFixed_ComparesNoValues(bool isFixed, string expected)
    {
        using var noGradient = no_grad();
        using var model = TinyTransformers.Create("wan");
        var (prompt, other) = (model.Inputs[1], randn_like(model.Inputs[1]));
        model.Cache.EnableCache(s_computing);
        using var run = model.Cache.BeginRun(s_timesteps, GuidanceLayout.None);
        run.PromptIsFixed = isFixed;
        foreach (var given in (Tensor[])[prompt, other, other, prompt])
            model.Call([model.Inputs[0], given, model.Inputs[2]]);
        Assert.AreEqual(expected, PromptCells(run.Recorded()));
        // What is checked of every input is checked of this one.
        Assert.ThrowsExactly<InvalidOperationException>(() => model.Call([model.Inputs[0], other.narrow(1, 0, 1), model.Inputs[2]]));
    }

    /// <summary>Keys and values of the prompt are made of an image, too, where its tokens are among them.</summary>
    [TestMethod]
    public void Forward_WhoseImageChanges_ComputesThePromptAnew()
    {
        using var noGradient = no_grad();
        using var model = TinyTransformers.Create("wan of two pictures");
        var inputs = Inputs(model);
        var other = randn_like(model.Inputs[3]);
        for (var step = 5; step < inputs.Count; step++)
            inputs[step][3] = other;
        var expected = Denoise(model, inputs, null, GuidanceLayout.Batched);
        AssertSame(expected, Denoise(model, inputs, s_computing, GuidanceLayout.Batched, run => Assert.AreEqual("CRRRRCRR", PromptCells(run.Recorded()))));
    }

    [TestMethod]
    [DataRow("wan")]
    [DataRow("latte")]
    public void Forward_WhosePromptChangesWhileItsAttentionIsReused_ComputesItWhenItIsAskedFor(string name)
    {
        using var noGradient = no_grad();
        using var model = TinyTransformers.Create(name);
        // Forwards 1, 3, 5 and 7 reuse the attention, and leave out what it is made of.
        var inputs = Changing(model, at: [3]);
        var expected = Denoise(model, inputs, s_crossTwice with { ReusePromptProjections = false }, GuidanceLayout.Batched,
            run => Assert.AreEqual("c-c-c-c-", PromptCells(run.Recorded())));
        AssertSame(expected, Denoise(model, inputs, s_crossTwice, GuidanceLayout.Batched, run => Assert.AreEqual("C-R-C-R-", PromptCells(run.Recorded()))));
    }

    [TestMethod]
    [DataRow("wan")]
    [DataRow("wan of an image")]
    [DataRow("wan of two pictures")]
    [DataRow("wan of tokens")]
    [DataRow("latte")]
    public void FasterCache_HandsOutTheConditionalHalf(string name)
    {
        using var noGradient = no_grad();
        using var model = TinyTransformers.Create(name);
        foreach (var (inputs, cells) in new[] { (Inputs(model), "CRRRRRRR"), (Changing(model, at: [2, 6]), "CRccCRcc") })
        {
            var expected = Denoise(model, inputs, s_faster with { ReusePromptProjections = false }, GuidanceLayout.Batched);
            var actual = Denoise(model, inputs, s_faster, GuidanceLayout.Batched, run =>
            {
                Assert.AreEqual(cells, PromptCells(run.Recorded()));
                Assert.AreEqual(6, run.Recorded().SkippedUnconditionalHalves);
            });
            // A product of half as many rows may be rounded otherwise.
            for (var step = 0; step < expected.Count; step++)
                TensorAssert.Close(expected[step], actual[step], 1e-5, $"step {step}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void EveryMethod_WithThePromptReused_GivesTheSameBits(string name, CacheConfig config)
    {
        using var noGradient = no_grad();
        using var model = TinyTransformers.Create(name);
        var inputs = Changing(model, at: [3]);
        CachePlan? without = null, with = null;
        var expected = Denoise(model, inputs, config with { ReusePromptProjections = false }, GuidanceLayout.Batched, run => without = run.Recorded());
        AssertSame(expected, Denoise(model, inputs, config, GuidanceLayout.Batched, run => with = run.Recorded()));
        Assert.AreEqual(without!.SkippedSiteForwards, with!.SkippedSiteForwards);
        Assert.AreEqual(without.SiteForwards, with.SiteForwards);
        Assert.Contains('R', PromptCells(with));
        AssertSame(expected, Denoise(model, inputs, config, GuidanceLayout.Batched, plan: with));
    }

    private static IEnumerable<object[]> Methods
    {
        get
        {
            CacheConfig[] all =
            [
                s_crossTwice,
                new StepMaskConfig { Mask = "11010100" },
                new TaylorSeerCacheConfig { CacheInterval = 2, DisableCacheBeforeStep = 1 },
                CacheConfig.Compose(new StepMaskConfig { Mask = "11001101" }, s_crossTwice),
            ];
            foreach (var config in all)
            {
                yield return ["wan", config];
                yield return ["latte", config];
            }
            // Latte's blocks are gone through by a for, and its output has a variance.
            yield return ["wan", new EasyCacheConfig { Threshold = 0.5, RetentionSteps = 2 }];
            yield return ["wan", CacheConfig.Compose(new EasyCacheConfig { Threshold = 0.5, RetentionSteps = 2 }, s_crossTwice)];
            yield return ["wan", new FirstBlockCacheConfig { Threshold = 0.4 }];
            yield return ["wan", CacheConfig.Compose(new FirstBlockCacheConfig { Threshold = 0.4 }, s_crossTwice)];
        }
    }

    [TestMethod]
    public void SharedState_OfTwoCalls_ComputesThePromptAtEveryForward()
    {
        using var noGradient = no_grad();
        using var model = TinyTransformers.Create("wan");
        var inputs = Inputs(model);
        Denoise(model, inputs, s_computing with { ShareStateAcrossContexts = true }, GuidanceLayout.Sequential, run =>
        {
            Assert.AreEqual("cccccccccccccccc", PromptCells(run.Recorded(), ofAllContexts: true));
            Assert.AreEqual(0, run.HistoryBytes);
        });
    }

    [TestMethod]
    [DataRow("wan", GuidanceLayout.Sequential)]
    [DataRow("latte", GuidanceLayout.Batched)]
    public void HistoryBytes_AreThoseOfThePlanAndTheCopies(string name, GuidanceLayout layout)
    {
        using var noGradient = no_grad();
        using var model = TinyTransformers.Create(name);
        var profile = ModelProfiler.Measure(model.Module, () => layout == GuidanceLayout.Sequential ? model.ForwardOf(0) : model.Forward());
        Denoise(model, Inputs(model), s_crossTwice, layout, run =>
        {
            Assert.AreEqual(run.Plan!.HistoryBytes(profile) + model.Inputs[1].numel() * sizeof(float), run.HistoryBytes);
            run.Reset();
            Assert.AreEqual(0, run.HistoryBytes);
        });
        var off = CachePlan.Create(s_computing with { ReusePromptProjections = false }, s_timesteps, model.Cache.CacheSites, layout);
        var on = CachePlan.Create(s_computing, s_timesteps, model.Cache.CacheSites, layout);
        Assert.AreEqual((0, 0.0), (off.HistoryBytes(profile), off.FlopsSaved(profile)));
        var projections = profile.Sites.Where(site => site.Name.EndsWith(".to_k", StringComparison.Ordinal) || site.Name.EndsWith(".to_v", StringComparison.Ordinal)).ToArray();
        Assert.HasCount(4, projections);
        Assert.AreEqual(projections.Sum(site => site.Bytes) * on.Contexts.Length, on.HistoryBytes(profile));
        Assert.AreEqual(7 / 8.0 * projections.Sum(site => site.Flops) / profile.TotalFlops, on.FlopsSaved(profile), 1e-12);
        Assert.IsGreaterThan(0, on.FlopsSaved(profile));
    }

    /// <summary>The numbers of docs/caching-methods.md.</summary>
    [TestMethod]
    [DataRow("Wan 2.1 1.3B, 81 frames of 480 × 832", 12, 8960, 30, 21, 60, 104, 180, 0.05)]
    [DataRow("Wan 2.1 14B, 81 frames of 720 × 1280", 40, 13824, 40, 21, 90, 160, 800, 0.03)]
    [DataRow("Wan 2.1 1.3B, 1 frame of 480 × 832", 12, 8960, 30, 1, 60, 104, 180, 3.05)]
    public void Costs_OfPublishedModels_AreThoseOfThePage(string name, int heads, int ffn, int layers, int frames, int rows, int columns, int mebibytes, double percent)
    {
        using var model = WanTransformer3DModel.FromConfig(
            new WanTransformer3DModelConfig { NumAttentionHeads = heads, FfnDim = ffn, NumLayers = layers }, META, ScalarType.BFloat16);
        Assert.AreEqual((128, 4096, 16), (model.Config.AttentionHeadDim, model.Config.TextDim, model.Config.InChannels));
        var (latents, timestep, prompt) = (
            empty([1, 16, frames, rows, columns], ScalarType.BFloat16, META), empty([1], ScalarType.Float32, META), empty([1, 512, 4096], ScalarType.BFloat16, META));
        var profile = ModelProfiler.Measure(model, () => model.call(latents, timestep, prompt));
        var plan = CachePlan.Create(s_computing, [.. Enumerable.Range(0, 50).Select(i => 1000.0 - (20 * i))], model.CacheSites, GuidanceLayout.Sequential);
        Assert.AreEqual(mebibytes, (int)Math.Round(plan.HistoryBytes(profile) / 1048576.0), name);
        Assert.AreEqual(percent, Math.Round(100 * plan.FlopsSaved(profile), 2), 1e-9, name);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Forward_WhoseCopyOfThePromptIsOverTheLimit_IsRefusedAndLeavesNothing(bool byCallback)
    {
        using var noGradient = no_grad();
        using var model = TinyTransformers.Create("latte");
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        model.Cache.EnableCache(s_computing with { MaxHistoryBytes = 8, CurrentTimestepCallback = byCallback ? () => 950 : null });
        using (var run = byCallback ? null : model.Cache.BeginRun(s_timesteps, GuidanceLayout.Batched))
        {
            for (var i = 0; i < 2; i++)
            {
                var error = Assert.ThrowsExactly<InvalidOperationException>(() => model.Forward());
                Assert.Contains(nameof(CacheConfig.MaxHistoryBytes), error.Message);
                Assert.AreEqual(0, model.Cache.CurrentRun!.HistoryBytes);
                run?.Reset();
            }
        }
        model.Cache.DisableCache();
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        using var output = model.Forward();
    }

    [TestMethod]
    public void Dispose_InTheMiddleOfARun_FreesThePrompt()
    {
        using var noGradient = no_grad();
        using var model = TinyTransformers.Create("latte");
        // The first forward makes tables of positions.
        model.Forward().Dispose();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        model.Cache.EnableCache(s_computing);
        using (model.Cache.BeginRun(s_timesteps, GuidanceLayout.Batched))
        {
            for (var i = 0; i < 3; i++)
                model.Forward().Dispose();
            Assert.IsGreaterThan(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        model.Cache.DisableCache();
    }

    [TestMethod]
    [DataRow("wan")]
    [DataRow("wan of an image")]
    [DataRow("wan of two pictures")]
    [DataRow("wan of tokens")]
    [DataRow("latte")]
    [DataRow("allegro")]
    public void SelfCheck_OfNestedBlocks_FindsNoFault(string name)
    {
        using var model = TinyTransformers.Create(name);
        var report = CacheSelfCheck.RunOn(model.Cache, model.Forward, model.Inputs);
        Assert.IsTrue(report.Passed, report.ToString());
        Assert.IsTrue(report.Comparisons.Any(comparison => comparison.Reused.Any(site => site.EndsWith("attn2.to_k", StringComparison.Ordinal))));
    }

    /// <summary>Latents of their own for every step.</summary>
    private static List<Tensor[]> Inputs(TinyTransformer model) => [.. s_timesteps.Select(_ => (Tensor[])[randn_like(model.Inputs[0]), .. model.Inputs[1..]])];

    /// <summary>The same, with another prompt from each of some steps on.</summary>
    private static List<Tensor[]> Changing(TinyTransformer model, int[] at)
    {
        var (inputs, prompt) = (Inputs(model), model.Inputs[1]);
        for (var step = 0; step < inputs.Count; step++)
        {
            prompt = at.Contains(step) ? randn_like(prompt) : prompt;
            inputs[step][1] = prompt;
        }
        return inputs;
    }

    private static List<Tensor> Denoise(
        TinyTransformer model, List<Tensor[]> inputs, CacheConfig? config, GuidanceLayout layout, Action<CacheRun>? atTheEnd = null, CachePlan? plan = null)
    {
        if (config is null)
            return [.. inputs.SelectMany(Step)];
        model.Cache.EnableCache(config);
        try
        {
            using var run = plan is null ? model.Cache.BeginRun(s_timesteps, layout) : model.Cache.BeginRun(plan);
            List<Tensor> outputs = [.. inputs.SelectMany(Step)];
            atTheEnd?.Invoke(run);
            return outputs;
        }
        finally
        {
            model.Cache.DisableCache();
        }

        IEnumerable<Tensor> Step(Tensor[] step)
        {
            if (layout != GuidanceLayout.Sequential)
            {
                yield return model.Call(step);
                yield break;
            }
            foreach (var (sample, context) in new[] { (0, "cond"), (1, "uncond") })
            {
                using var within = model.Cache.CacheContext(context);
                yield return (model with { Inputs = step }).ForwardOf(sample);
            }
        }
    }

    private static void AssertSame(List<Tensor> expected, List<Tensor> actual)
    {
        Assert.HasCount(expected.Count, actual);
        for (var i = 0; i < expected.Count; i++)
            Assert.IsTrue(expected[i].equal(actual[i]).all().item<bool>(), $"forward {i} differs");
    }

    /// <summary>What a plan says of the last block's keys, as letters.</summary>
    private static string PromptCells(CachePlan plan, bool ofAllContexts = false)
    {
        var site = plan.Sites.Select((site, i) => (site, i)).Last(each => each.site.Kind == SiteKind.PromptProjection).i;
        var rows = ofAllContexts ? plan.Rows : [.. plan.RowsOf(plan.Contexts[0])];
        return string.Concat(rows.Select(row => row.Cells[site] switch
        {
            { Action: SiteAction.Compute, Stores: true } => 'C',
            { Action: SiteAction.Compute } => 'c',
            { Action: SiteAction.Reuse } => 'R',
            _ => '-',
        }));
    }
}
