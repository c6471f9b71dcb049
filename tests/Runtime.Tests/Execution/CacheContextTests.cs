namespace Afterimage.Runtime.Tests.Execution;

[TestClass]
public sealed class CacheContextTests
{
    private static readonly PyramidAttentionBroadcastConfig Config = new()
    {
        SpatialAttentionBlockSkipRange = 4,
        SpatialAttentionTimestepSkipRange = (-1, 1000),
    };

    [TestMethod]
    public void Dispose_Twice_LeavesALaterContext()
    {
        using var model = Denoising.Model();
        var first = model.CacheContext("first");
        first.Dispose();
        using var second = model.CacheContext("second");
        first.Dispose();
        Assert.AreEqual("second", ContextOf(model));
    }

    [TestMethod]
    public void Dispose_InAnyOrder_EndsItsOwnContextOnly()
    {
        using var model = Denoising.Model();
        var outer = model.CacheContext("outer");
        var inner = model.CacheContext("inner");
        Assert.AreEqual("inner", ContextOf(model));
        outer.Dispose();
        Assert.AreEqual("inner", ContextOf(model));
        var innermost = model.CacheContext("innermost");
        inner.Dispose();
        Assert.AreEqual("innermost", ContextOf(model));
        innermost.Dispose();
        inner.Dispose();
        outer.Dispose();
        Assert.AreEqual("", ContextOf(model));
    }

    [TestMethod]
    public void CacheContext_WithoutAName_IsRefused()
    {
        using var model = Denoising.Model();
        Assert.ThrowsExactly<ArgumentNullException>(() => model.CacheContext(null!));
        Assert.ThrowsExactly<ArgumentException>(() => model.CacheContext(""));
        Assert.ThrowsExactly<ArgumentException>(() => model.CacheContext(" "));
    }

    [TestMethod]
    public void CacheContext_OfManyNames_IsOneWarning()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        using var run = model.BeginRun(Denoising.Timesteps);
        var warnings = Warnings.Of(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                using var context = model.CacheContext($"step {i}");
                Denoising.Step(model, 999).Dispose();
            }
        });
        Assert.ContainsSingle(warnings);
        Assert.Contains("step 8", warnings[0]);
    }

    [TestMethod]
    public void Forward_ContextLeftOutOfAStep_IsRefusedWhenItComesBack()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        using var run = model.BeginRun([900, 800, 700, 600], GuidanceLayout.Sequential);
        Step("cond", 900);
        Step("uncond", 900);
        Step("cond", 800);
        Step("cond", 700);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Step("uncond", 700));
        Assert.Contains("forward 1 of context 'uncond' (timestep 800)", error.Message);
        Assert.Contains(nameof(CacheConfig.CurrentTimestepCallback), error.Message);
        Step("cond", 600);

        void Step(string context, double timestep)
        {
            using var scope = model.CacheContext(context);
            Denoising.Step(model, timestep).Dispose();
        }
    }

    /// <summary>The context that a forward is in, from a message that names it.</summary>
    private static string ContextOf(TinyDenoiser model)
    {
        model.EnableCache(Config with { CurrentTimestepCallback = () => double.NaN });
        var message = Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 900)).Message;
        model.DisableCache();
        return message.Split('\'') is [_, var name, ..] ? name : "";
    }
}
