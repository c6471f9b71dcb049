using Afterimage.Runtime.Tests.Execution;

namespace Afterimage.Runtime.Tests.Planning;

/// <summary>What a plan, or a run with a callback, says of timesteps that a config is not meant for.</summary>
[TestClass]
public sealed class TimestepNotesTests
{
    private static readonly CacheSite[] Sites = [new("transformer_blocks.0.attn1", SiteKind.SpatialAttention)];

    private static readonly PyramidAttentionBroadcastConfig Pyramid = new() { SpatialAttentionBlockSkipRange = 2 };

    private static readonly double[] Sigmas = [1, 0.8, 0.6, 0.4, 0.2, 0];

    [TestMethod]
    public void Create_WithOrdinaryTimesteps_HasNoNoteOfThem()
    {
        Assert.IsEmpty(NotesOf(Pyramid, 999, 500, 0.5, 0));
        Assert.IsEmpty(NotesOf(Pyramid, 999, 999, 500, 500));
        Assert.IsEmpty(NotesOf(Pyramid with { SpatialAttentionTimestepSkipRange = (0.1, 0.8) }, Sigmas));
        Assert.IsEmpty(NotesOf(Pyramid with { SpatialAttentionTimestepSkipRange = (double.NegativeInfinity, double.PositiveInfinity) }, Sigmas));
        Assert.IsEmpty(NotesOf(Pyramid with { SpatialAttentionTimestepSkipRange = (300, 300) }, 999, 500));
        Assert.IsEmpty(NotesOf(Pyramid with { SpatialAttentionBlockSkipRange = 1 }, 50, 40));
    }

    [TestMethod]
    public void Create_WithSigmas_SaysSo()
    {
        var notes = NotesOf(Pyramid, Sigmas);
        Assert.Contains("give 1000 × sigma", notes[0]);
        Assert.Contains("SpatialAttentionTimestepSkipRange (100, 800)", notes[0]);

        // Here they are within the ranges, all of them.
        var faster = new FasterCacheConfig { AttentionWeightCallback = _ => 1 };
        Assert.Contains("give 1000 × sigma", Assert.ContainsSingle(NotesOf(faster, Sigmas)));
        Assert.Contains("give 1000 × sigma", Assert.ContainsSingle(NotesOf(faster with { IsGuidanceDistilled = true }, Sigmas)));
    }

    [TestMethod]
    public void Create_WithNoTimestepInARange_NamesTheRange()
    {
        var note = Assert.ContainsSingle(NotesOf(Pyramid, 999, 900, 800, 100, 50));
        Assert.Contains("SpatialAttentionTimestepSkipRange (100, 800)", note);
        Assert.Contains("between 50 and 999", note);
        Assert.Contains("UnconditionalBatchTimestepSkipRange (-1, 641)", Assert.ContainsSingle(NotesOf(
            new FasterCacheConfig { AttentionWeightCallback = _ => 1, SpatialAttentionTimestepSkipRange = (-1, 1000) }, 999, 900, 700)));
        Assert.IsNotEmpty(NotesOf(Pyramid, -500, -600));
    }

    [TestMethod]
    public void Create_WithTimestepsThatRise_SaysWhatToGive() =>
        Assert.Contains("1000 − t", Assert.ContainsSingle(NotesOf(Pyramid, 0, 250, 500, 750)));

    [TestMethod]
    public void Create_WithoutFiniteTimesteps_IsRefused()
    {
        Assert.Contains("none is given", Assert.ThrowsExactly<ArgumentException>(() => NotesOf(Pyramid)).Message);
        foreach (var timestep in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
        {
            var error = Assert.ThrowsExactly<ArgumentException>(() => NotesOf(Pyramid, 999, timestep));
            Assert.Contains($"Timestep 1 of 2 is {timestep}", error.Message);
        }
    }

    [TestMethod]
    public void Create_WithTheLargestSkipRange_ComputesTheFirstOnly()
    {
        var plan = CachePlan.Create(
            new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = int.MaxValue }, [700, 600, 500], Sites, GuidanceLayout.None);
        Assert.AreEqual(2, plan.SkippedSiteForwards);
    }

    [TestMethod]
    public void Forward_WithSigmasFromACallback_IsOneWarning()
    {
        using var model = Denoising.Model();
        var current = 0.0;
        model.EnableCache(Denoising.Pyramid with { CurrentTimestepCallback = () => current });
        var warnings = Warnings.Of(() =>
        {
            foreach (var timestep in (double[])[.. Sigmas, .. Sigmas])
                Denoising.Step(model, current = timestep).Dispose();
        });
        Assert.Contains("give 1000 × sigma", Assert.ContainsSingle(warnings));
        model.DisableCache();

        model.EnableCache(Denoising.Pyramid with { CurrentTimestepCallback = () => current });
        Assert.IsEmpty(Warnings.Of(() =>
        {
            foreach (var timestep in (double[])[999, 500, 1, 0.5, 0, 999, 0.5])
                Denoising.Step(model, current = timestep).Dispose();
        }));
    }

    [TestMethod]
    public void Forward_WithTimestepsFromACallbackThatRise_IsOneWarning()
    {
        using var model = Denoising.Model();
        var current = 0.0;
        model.EnableCache(Denoising.Pyramid with { CurrentTimestepCallback = () => current });
        var warnings = Warnings.Of(() =>
        {
            for (current = 0; current < 1000; current += 100)
                Denoising.Step(model, current).Dispose();
        });
        Assert.Contains("1000 − t", Assert.ContainsSingle(warnings));
    }

    private static string[] NotesOf(CacheConfig config, params double[] timesteps) =>
        [.. CachePlan.Create(config, timesteps, Sites, GuidanceLayout.Batched).Notes];
}
