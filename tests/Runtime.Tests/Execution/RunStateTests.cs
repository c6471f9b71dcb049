using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>Runs before, beside and after each other: what is said of each, and what may be done with it.</summary>
[TestClass]
public sealed class RunStateTests
{
    private static readonly PyramidAttentionBroadcastConfig Config = new()
    {
        SpatialAttentionBlockSkipRange = 2,
        SpatialAttentionTimestepSkipRange = (-1, 1000),
    };

    [TestMethod]
    public void BeginRun_InTheMiddleOfARun_IsRefusedAndTheRunGoesOn()
    {
        using var model = Denoising.Model();
        var expected = Denoising.Run(model, Config);
        model.EnableCache(Config);
        using var run = model.BeginRun(Denoising.Timesteps);
        var steps = new List<Tensor>();
        foreach (var timestep in Denoising.Timesteps)
        {
            steps.Add(Denoising.Step(model, timestep));
            if (steps.Count < Denoising.Timesteps.Length)
                Assert.Contains($"after {steps.Count} of its 20 forwards", Assert.ThrowsExactly<InvalidOperationException>(() => model.BeginRun([1.0])).Message);
        }

        // At its end a run is in nobody's way.
        Assert.IsEmpty(Warnings.Of(() => model.BeginRun([1.0]).Dispose()));
        Denoising.AssertEqual(expected, steps);
        Denoising.DisposeAll(expected, steps);
    }

    [TestMethod]
    public void BeginRun_InARunWithoutAForward_IsAWarning()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        using var first = model.BeginRun([700, 650]);
        Assert.Contains(nameof(first.Leave), Assert.ContainsSingle(Warnings.Of(() => model.BeginRun([700, 650]).Dispose())));
        first.Enter();
        first.Leave();
        Assert.IsEmpty(Warnings.Of(() => model.BeginRun([700, 650]).Dispose()));
    }

    [TestMethod]
    public void BeginRun_AfterAFailedOrCancelledRun_Begins()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        using var failed = model.BeginRun([700, 650]);
        model.transformer_blocks[0].attn1.Interrupt = () => throw new IOException("the author's own");
        Assert.ThrowsExactly<IOException>(() => Denoising.Step(model, 700));
        model.transformer_blocks[0].attn1.Interrupt = null;
        using (model.BeginRun([700, 650]))
            Denoising.Step(model, 700).Dispose();
        using var next = model.BeginRun([700, 650]);
        Denoising.Step(model, 700).Dispose();
    }

    [TestMethod]
    public void Leave_OfTheRunThatTheModelIsNotIn_DoesNothing()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        using var first = model.BeginRun([700, 650]);
        first.Leave();
        Assert.IsNull(model.CurrentRun);
        using var second = model.BeginRun([700, 650]);
        first.Leave();
        Assert.AreSame(second, model.CurrentRun);
        first.Dispose();
        first.Leave();
        Assert.AreSame(second, model.CurrentRun);
    }

    [TestMethod]
    public void Members_OfARunThatIsOver_SayWhy()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        var run = model.BeginRun([700, 650]);
        run.Dispose();
        run.Dispose();
        AssertSays(run, "it was disposed of");

        run = model.BeginRun([700, 650]);
        model.DisableCache();
        run.Dispose();
        AssertSays(run, "the cache was disabled");

        static void AssertSays(CacheRun run, string why)
        {
            foreach (var use in (Action[])[run.Enter, run.Reset, () => run.GuidanceScale = 6])
                Assert.Contains(why, Assert.ThrowsExactly<ObjectDisposedException>(use).Message);
            Assert.AreEqual(0, run.HistoryBytes);
        }
    }

    [TestMethod]
    public void ChangesOfTheCache_InTheMiddleOfAForward_AreRefusedAndTheRunGoesOn()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        using var run = model.BeginRun([700, 650]);
        var attention = model.transformer_blocks[0].attn1;
        attention.Interrupt = () =>
        {
            attention.Interrupt = null;
            Action[] changes =
            [
                model.DisableCache, model.ResetCache, run.Reset, run.Leave, () => model.BeginRun([1.0]), () => model.CacheContext("late"),
                () => model.EnableCache(Config), run.Enter,
            ];
            foreach (var change in changes)
                Assert.ThrowsExactly<InvalidOperationException>(change);
            var thread = new Thread(() => Assert.ThrowsExactly<InvalidOperationException>(model.DisableCache));
            thread.Start();
            thread.Join();
        };
        Denoising.Step(model, 700).Dispose();
        Denoising.Step(model, 650).Dispose();
        Assert.AreEqual(1, attention.Calls);
    }

    [TestMethod]
    public void Forward_OneTimestepForTheBatch_IsThatOfTheConditionalHalf()
    {
        using var model = Denoising.Model();
        var expected = Denoising.Run(model, Denoising.Faster, batch: 4);
        model.EnableCache(Denoising.Faster);
        using var run = model.BeginRun(Denoising.Timesteps);
        for (var step = 0; step < expected.Count; step++)
        {
            using var scope = NewDisposeScope();
            var (latents, text, time) = Denoising.Inputs(Denoising.Timesteps[step], batch: 4);
            Denoising.AssertEqual([expected[step]], [model.forward(latents, text, time.narrow(0, 0, 1))]);
        }
        Assert.IsGreaterThan(0, run.Plan!.SkippedUnconditionalHalves);
        Denoising.DisposeAll(expected);
    }

    [TestMethod]
    public void Forward_ABatchOfOneRowUnderFasterCache_IsRefused()
    {
        using var model = Denoising.Model();
        model.EnableCache(Denoising.Faster);
        using var run = model.BeginRun([850, 800, 750]);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() =>
        {
            foreach (var timestep in (double[])[850, 800, 750])
                Denoising.Step(model, timestep, batch: 1).Dispose();
        });
        Assert.Contains("expected [unconditional, conditional] along dimension 0, got 1 rows", error.Message);
    }
}
