using Afterimage.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>Results that are kept in other memory than they are used in. Here both are the host's; with a GPU CudaRunTests has two.</summary>
[TestClass]
public sealed class OffloadTests
{
    private static readonly TaylorSeerCacheConfig s_taylor = new() { CacheInterval = 4, DisableCacheBeforeStep = 2, MaxOrder = 2 };

    public static IEnumerable<object[]> Configs =>
    [
        [Denoising.Pyramid], [Denoising.Faster], [s_taylor], [s_taylor with { TaylorFactorsDtype = null, MaxOrder = 3 }],
    ];

    /// <summary>What a run's histories are asked for, with the copies there and back that a device needs.</summary>
    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void History_Elsewhere_GivesWhatItGivesHere_BitForBit(CacheConfig config)
    {
        using var model = Denoising.Model();
        foreach (var slotDtype in Enum.GetValues<SlotDtype>())
        {
            var plan = CachePlan.Create(config with { SlotDtype = slotDtype, OffloadHistory = true }, Denoising.Timesteps, model.CacheSites, GuidanceLayout.Batched);
            foreach (var dtype in new[] { ScalarType.Float32, ScalarType.Float64, ScalarType.BFloat16 })
            {
                for (var site = 0; site < plan.Sites.Length; site++)
                {
                    if (plan.Slots[site].Values > 0)
                        AssertSame(plan, site, dtype);
                }
            }
        }
    }

    [TestMethod]
    public void Reuse_OfAValueElsewhere_IsAFreshTensor()
    {
        var live = LiveTensors.CountAtStart();
        foreach (var dtype in Enum.GetValues<SlotDtype>())
        {
            using var history = new TensorHistory(new SlotLayout(2, dtype, OnHost: true), isElsewhere: true);
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            history.Store(ones(3, 4));
            history.Store(ones(3, 4));
            history.Reuse().zero_();
            history.Combine([0.5, 0.5]).zero_();
            Assert.IsTrue(history.Reuse().equal(ones(3, 4)).all().item<bool>(), $"{dtype}");
        }
        Assert.AreEqual(live, Tensor.TotalCount);
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void Run_OfAModelOnTheCpu_IsTheSameRun(CacheConfig config)
    {
        using var noGradient = no_grad();
        using var model = Denoising.Model();
        var expected = Denoising.Run(model, config);
        var actual = Denoising.Run(model, config with { OffloadHistory = true });
        Denoising.AssertEqual(expected, actual);
        Denoising.DisposeAll(expected, actual);
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void Plan_WithItsHistoryOnTheHost_SaysSoAndCountsTheSameBytes(CacheConfig config)
    {
        using var model = Denoising.Model();
        var here = CachePlan.Create(config, Denoising.Timesteps, model.CacheSites, GuidanceLayout.Batched);
        var host = CachePlan.Create(config with { OffloadHistory = true }, Denoising.Timesteps, model.CacheSites, GuidanceLayout.Batched);
        using var noGradient = no_grad();
        var profile = ModelProfiler.Measure(model, () => Denoising.Step(model, 500));
        Assert.AreEqual(here.HistoryBytes(profile), host.HistoryBytes(profile));
        Assert.AreNotEqual(here, host);
        Assert.AreSequenceEqual(here.Slots.Select(slot => slot.Values > 0), host.Slots.Select(slot => slot.OnHost));
        Assert.Contains("kept in the host's memory: what every site keeps", host.ToString());
        Assert.DoesNotContain("host", here.ToString());

        Assert.AreEqual(host, CachePlan.FromJson(host.ToJson()));
        // As plans were written before they could say it.
        Assert.AreEqual(here, CachePlan.FromJson(here.ToJson().Replace(",\"onHost\":false", "")));
        Assert.DoesNotContain("onHost", here.ToJson().Replace(",\"onHost\":false", ""));
    }

    [TestMethod]
    public void Composition_OfAMethodThatOffloads_HasItsSitesOnTheHost()
    {
        using var model = Denoising.Model();
        var spatial = new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2, OffloadHistory = true, SlotDtype = SlotDtype.Int8 };
        var fed = new StepMaskConfig { Mask = "11010110101101011010", Kind = SiteKind.FeedForward };
        var plan = Plan(CacheConfig.Compose(spatial, fed));
        AssertKept(plan, SiteKind.SpatialAttention, onHost: true, SlotDtype.Int8);
        AssertKept(plan, SiteKind.FeedForward, onHost: false, SlotDtype.Native);
        Assert.Contains("kept in the host's memory: what 2 of 4 sites keep", plan.ToString());

        // One of both says it for both, also as a part of another.
        var both = CacheConfig.Compose(spatial with { OffloadHistory = false }, fed) with { OffloadHistory = true, SlotDtype = SlotDtype.BFloat16 };
        foreach (var config in new[] { both, CacheConfig.Compose(both), (ComposedCacheConfig)CacheConfigJson.Parse(CacheConfigJson.Write(both))! })
        {
            AssertKept(Plan(config), SiteKind.SpatialAttention, onHost: true, SlotDtype.Int8);
            AssertKept(Plan(config), SiteKind.FeedForward, onHost: true, SlotDtype.BFloat16);
        }

        CachePlan Plan(CacheConfig config) => CachePlan.Create(config, Denoising.Timesteps, model.CacheSites, GuidanceLayout.Batched);
    }

    private static void AssertKept(CachePlan plan, SiteKind kind, bool onHost, SlotDtype dtype)
    {
        var slots = plan.Sites.Zip(plan.Slots).Where(each => each.First.Kind == kind).Select(each => each.Second).ToList();
        Assert.HasCount(2, slots);
        foreach (var slot in slots)
            Assert.AreEqual((onHost, dtype), (slot.OnHost, slot.Dtype));
    }

    /// <summary>Runs one site's cells on two histories, one of which keeps its values elsewhere.</summary>
    private static void AssertSame(CachePlan plan, int site, ScalarType dtype)
    {
        using var noGradient = no_grad();
        using var here = new TensorHistory(plan.Slots[site]);
        using var elsewhere = new TensorHistory(plan.Slots[site], isElsewhere: true);
        manual_seed(7);
        foreach (var row in plan.Rows)
        {
            using var scope = NewDisposeScope();
            var cell = row.Cells[site];
            if (!cell.IsComputed)
            {
                var (expected, actual) = (Taken(here, cell), Taken(elsewhere, cell));
                Assert.AreEqual(dtype, actual.dtype);
                Assert.AreSequenceEqual(expected.bytes.ToArray(), actual.bytes.ToArray(), $"{plan.Slots[site]}, {dtype}, forward {row.Index}: {cell}");
                continue;
            }
            // Not contiguous, as a part of an attention's result is.
            var value = randn(2, 5, 4).to(dtype).transpose(1, 2);
            if (!cell.Stores)
                continue;
            for (var element = 0; element < plan.Sites[site].Elements; element++)
            {
                here.Store(value, cell.Interval);
                elsewhere.Store(value, cell.Interval);
            }
        }
        Assert.AreEqual(here.Bytes, elsewhere.Bytes);
    }

    private static Tensor Taken(TensorHistory history, PlanCell cell) =>
        cell.Action == SiteAction.Reuse ? history.Reuse()
        : cell.Stores ? history.Combine(cell.Coefficients.AsSpan())
        : history.Predict(cell.Coefficients.AsSpan());
}
