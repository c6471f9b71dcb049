using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

[TestClass]
public class RunErrorTests
{
    private static readonly PyramidAttentionBroadcastConfig Config = new() { SpatialAttentionBlockSkipRange = 2 };

    [TestMethod]
    public void EnableCache_Twice_NamesTheFirst()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => model.EnableCache(new FasterCacheConfig()));
        Assert.Contains(nameof(PyramidAttentionBroadcastConfig), error.Message);
        Assert.IsTrue(model.IsCacheEnabled);
    }

    [TestMethod]
    public void EnableCache_InTraining_IsRefused()
    {
        using var model = Denoising.Model();
        model.train();
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => model.EnableCache(Config));
        Assert.Contains("eval()", error.Message);
        Assert.IsFalse(model.IsCacheEnabled);
    }

    [TestMethod]
    public void EnableCache_NoSiteMatched_IsRefused()
    {
        using var model = Denoising.Model();
        var error = Assert.Throws<ArgumentException>(() => model.EnableCache(new PyramidAttentionBroadcastConfig { TemporalAttentionBlockSkipRange = 2 }));
        Assert.Contains("transformer_blocks.0.attn1", error.Message);
        Assert.IsFalse(model.IsCacheEnabled);
    }

    [TestMethod]
    public void EnableCache_IdentifiersWithoutAnAnnotatedInput_NamesIt()
    {
        using var model = Denoising.Model();
        string[] identifiers = ["hidden_states", "timestep"];
        var error = Assert.Throws<ArgumentException>(
            () => model.EnableCache(new FasterCacheConfig { UnconditionalConditionalInputKwargsIdentifiers = identifiers }));
        Assert.Contains("halves text", error.Message);
        model.EnableCache(new FasterCacheConfig { UnconditionalConditionalInputKwargsIdentifiers = [.. identifiers, "text"] });
    }

    [TestMethod]
    public void DisableCache_NothingEnabled_DoesNothing()
    {
        using var model = Denoising.Model();
        model.DisableCache();
        model.ResetCache();
        Denoising.Step(model, 999).Dispose();
    }

    [TestMethod]
    public void BeginRun_NothingEnabled_SaysWhatToCall()
    {
        using var model = Denoising.Model();
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => model.BeginRun(Denoising.Timesteps));
        Assert.Contains(nameof(model.EnableCache), error.Message);
    }

    [TestMethod]
    public void BeginRun_FasterCacheWithoutABatch_SaysWhy()
    {
        using var model = Denoising.Model();
        model.EnableCache(new FasterCacheConfig());
        var error = Assert.Throws<ArgumentException>(() => model.BeginRun(Denoising.Timesteps, GuidanceLayout.Sequential));
        Assert.Contains("unconditional", error.Message);
    }

    [TestMethod]
    public void Forward_NoTimestepSource_SaysWhatToCall()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 999));
        Assert.Contains(nameof(model.BeginRun), error.Message);
        Assert.Contains(nameof(CacheConfig.CurrentTimestepCallback), error.Message);
    }

    [TestMethod]
    public void Forward_OneTooMany_IsRefused()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        using var run = model.BeginRun([999, 500]);
        Denoising.Step(model, 999).Dispose();
        Denoising.Step(model, 500).Dispose();
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 1));
        Assert.Contains("2 forwards", error.Message);
        Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 1), "a refused forward must not begin the run anew");
    }

    [TestMethod]
    public void Forward_OtherTimestepThanPlanned_NamesBoth()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config with { CurrentTimestepCallback = () => 123 });
        using var run = model.BeginRun([999, 500]);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 999));
        Assert.Contains("999", error.Message);
        Assert.Contains("123", error.Message);
    }

    [TestMethod]
    public void Forward_BatchChangedWithinARun_NamesParameterAndShapes()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        using var run = model.BeginRun(Denoising.Timesteps);
        Denoising.Step(model, 999, batch: 2).Dispose();
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 949, batch: 1));
        Assert.Contains("hiddenStates", error.Message);
        Assert.Contains("[2, 2, 4, 6, 5]", error.Message);
        Assert.Contains("[1, 2, 4, 6, 5]", error.Message);
    }

    [TestMethod]
    public void Forward_UnannotatedInputOfAnotherShape_IsRefused()
    {
        using var model = new TinyBlockAlone();
        model.EnableCache(Config with { SpatialAttentionTimestepSkipRange = (-1, 1000) });
        using var run = model.BeginRun([900, 800, 700]);
        using var one = ones([1, 2, 4]);
        using var three = ones([3, 2, 4]);
        model.forward(one).Dispose();
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => model.forward(three), "a kept [1, …] would broadcast");
        Assert.Contains("[3, 2, 4]", error.Message);
        model.forward(one).Dispose();
    }

    [TestMethod]
    public void Forward_InTraining_IsRefused()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        using var run = model.BeginRun(Denoising.Timesteps);
        model.train();
        Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 999));
        model.eval();
        Denoising.Step(model, 999).Dispose();
    }

    [TestMethod]
    public void Forward_BetweenExplicitRuns_GoesOnWithOneImplicitRun()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config with { CurrentTimestepCallback = () => 700 });
        LiveTensors.CountAtStart();
        long settled = 0;
        for (var i = 0; i < 6; i++)
        {
            using (model.BeginRun([700]))
                Denoising.Step(model, 700).Dispose();
            Denoising.Step(model, 700).Dispose();
            if (i == 2)
                settled = Tensor.TotalCount;
        }
        Assert.AreEqual(settled, Tensor.TotalCount);
    }

    [TestMethod]
    public void Dispose_InTheMiddleOfAForward_LeaksNothing()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        var before = LiveTensors.CountAtStart();
        var run = model.BeginRun([700, 650]);
        model.transformer_blocks[0].attn1.Interrupt = run.Dispose;
        Denoising.Step(model, 700).Dispose();
        Assert.AreEqual(0, run.HistoryBytes);
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    public void Forward_SequentialWithoutContext_NamesTheContexts()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        using var run = model.BeginRun(Denoising.Timesteps, GuidanceLayout.Sequential);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 999));
        Assert.Contains("cond, uncond", error.Message);
    }

    [TestMethod]
    public void Forward_OverMaxHistoryBytes_IsRefusedAtOnce()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config with { MaxHistoryBytes = 1000 });
        using var run = model.BeginRun(Denoising.Timesteps);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 999));
        Assert.Contains(nameof(CacheConfig.MaxHistoryBytes), error.Message);
        Assert.AreEqual(0, run.HistoryBytes);
    }

    [TestMethod]
    public void Forward_ExceptionInTheMiddle_ResetsTheRunAndLeaksNothing()
    {
        using var model = Denoising.Model();
        var expected = Denoising.Run(model, Config);
        var attention = model.transformer_blocks[1].attn1;
        model.EnableCache(Config);
        using var run = model.BeginRun(Denoising.Timesteps);
        var before = LiveTensors.CountAtStart();
        for (var i = 0; i < 3; i++)
            Denoising.Step(model, Denoising.Timesteps[i]).Dispose();

        attention.Interrupt = () => throw new IOException("the author's own");
        Assert.ThrowsExactly<IOException>(() => Denoising.Step(model, Denoising.Timesteps[3]));
        Assert.AreEqual(0, run.HistoryBytes);
        Assert.AreEqual(before, Tensor.TotalCount);

        attention.Interrupt = null;
        for (var i = 0; i < 2; i++)
        {
            var error = Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, Denoising.Timesteps[4]));
            Assert.Contains("An exception ended forward 3 (timestep 849)", error.Message);
            Assert.Contains(nameof(run.Reset), error.Message);
        }

        run.Reset();
        var again = Denoising.Timesteps.Select(timestep => Denoising.Step(model, timestep)).ToList();
        Denoising.AssertEqual(expected, again);
        Denoising.DisposeAll(expected, again);
    }

    [TestMethod]
    public void Forward_OutputOfAnotherTensorFormat_IsRefusedAndLeaksNothing()
    {
        using var model = Denoising.Model();
        model.EnableCache(new FasterCacheConfig { TensorFormat = TensorFormat.BCHW });
        using var run = model.BeginRun([600, 500]);
        var before = LiveTensors.CountAtStart();
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 600));
        Assert.Contains(nameof(FasterCacheConfig.TensorFormat), error.Message);
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    public void Forward_WeightCallbackThrows_ResetsTheRun()
    {
        using var model = Denoising.Model();
        var current = 0.0;
        model.EnableCache(new FasterCacheConfig
        {
            TensorFormat = TensorFormat.BFCHW,
            CurrentTimestepCallback = () => current,
            LowFrequencyWeightCallback = _ => throw new IOException("the user's own"),
        });
        var before = LiveTensors.CountAtStart();
        Denoising.Step(model, current = 600).Dispose();
        Assert.ThrowsExactly<IOException>(() => Denoising.Step(model, current = 550));
        Assert.AreEqual(before, Tensor.TotalCount);
        Denoising.Step(model, current = 600).Dispose();
        model.DisableCache();
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    public void Forward_FromASecondThread_IsRefusedAndTheFirstGoesOn()
    {
        using var model = Denoising.Model();
        var expected = Denoising.Run(model, Config);
        model.EnableCache(Config);
        using var run = model.BeginRun(Denoising.Timesteps);
        Exception? other = null;
        model.transformer_blocks[0].attn1.Interrupt = () =>
        {
            model.transformer_blocks[0].attn1.Interrupt = null;
            var thread = new Thread(() => other = Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 999)));
            thread.Start();
            thread.Join();
        };
        var steps = Denoising.Timesteps.Select(timestep => Denoising.Step(model, timestep)).ToList();
        Assert.IsNotNull(other);
        Denoising.AssertEqual(expected, steps);
        Denoising.DisposeAll(expected, steps);
    }

    [TestMethod]
    public void To_OtherDtype_EndsTheRun()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        using var run = model.BeginRun(Denoising.Timesteps);
        Denoising.Step(model, 999).Dispose();
        model.to(ScalarType.Float64);
        Assert.IsTrue(run.IsDisposed);
        Assert.IsTrue(model.IsCacheEnabled);
        Assert.Contains("moved to another device or dtype", Assert.ThrowsExactly<ObjectDisposedException>(run.Enter).Message);
        Assert.Contains("moved to another device or dtype", Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 949)).Message);

        // That is not the reason any more once another run has been and gone.
        model.to(ScalarType.Float32);
        model.BeginRun(Denoising.Timesteps).Dispose();
        Assert.DoesNotContain("moved", Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 999)).Message);
    }

    [TestMethod]
    public void To_BeforeTheFirstForward_LeavesTheRun()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        using var run = model.BeginRun(Denoising.Timesteps);
        model.to(ScalarType.Float64);
        model.to(ScalarType.Float32);
        Assert.IsFalse(run.IsDisposed);
        Denoising.DisposeAll([.. Denoising.Timesteps.Select(timestep => Denoising.Step(model, timestep))]);
        Assert.HasCount(Denoising.Timesteps.Length, run.Recorded().Rows);
    }

    [TestMethod]
    public void Dispose_OfARun_FreesItsHistoryAndLeavesTheOther()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        using var first = model.BeginRun([700, 650]);
        Denoising.Step(model, 700).Dispose();
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => model.BeginRun([700, 650]));
        Assert.Contains("after 1 of its 2 forwards", error.Message);
        Assert.Contains("Leave()", error.Message);
        first.Leave();
        using (var second = model.BeginRun([700, 650]))
            Denoising.Step(model, 700).Dispose();
        Assert.Contains("Enter()", Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 650)).Message);
        first.Enter();
        Assert.IsGreaterThan(0, first.HistoryBytes);
        Denoising.Step(model, 650).Dispose();
    }
}
