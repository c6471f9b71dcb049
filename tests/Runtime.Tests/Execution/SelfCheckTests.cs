using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>What <see cref="CacheSelfCheck"/> finds, and that it leaves nothing behind.</summary>
[TestClass]
public class SelfCheckTests
{
    [TestMethod]
    public void Run_SoundModel_ComparesEveryVariantAndBothRuns()
    {
        manual_seed(3);
        using var model = new TinyDenoiser();
        using var scope = NewDisposeScope();
        var report = CacheSelfCheck.Run(model, randn([2, 3, 4, 2, 2]), randn([2, 12, 4]), TensorArithmetic.Full([2], 500f));
        Assert.IsTrue(report.Passed, report.ToString());
        // The body, eight variants of blocks with three sites, and two runs.
        Assert.HasCount(11, report.Comparisons);
        Assert.AreSequenceEqual(
            ["transformer_blocks.0.attn1", "transformer_blocks.1.attn1"],
            report.Comparisons[2].Reused);
        Assert.HasCount(6, report.Comparisons[^1].Reused);
        Assert.AreEqual("all computed: equal", report.ToString().Split('\n')[1]);
    }

    [TestMethod]
    [DataRow(Broken.Nothing, SelfCheckFault.None)]
    [DataRow(Broken.FeederWritesItsArgument, SelfCheckFault.OutputDiffers)]
    [DataRow(Broken.ResultIsWritten, SelfCheckFault.HistoryWritten)]
    [DataRow(Broken.FeederDrawsNumbers, SelfCheckFault.RandomStateDiffers)]
    [DataRow(Broken.SiteReturnsItsArgument, SelfCheckFault.OutputDiffers)]
    public void Run_PromiseThatIsNotKept_IsFoundInItsBlock(Broken broken, SelfCheckFault fault)
    {
        using var model = new BrokenModel(broken);
        using var input = randn(2, 3, 4);
        var report = CacheSelfCheck.Run(model, input);
        var found = report.Comparisons.FirstOrDefault(comparison => comparison.Fault != SelfCheckFault.None && comparison.Reused is ["blocks.1.attn"]);
        Assert.AreEqual(fault, found?.Fault ?? SelfCheckFault.None, report.ToString());
        Assert.AreEqual(fault == SelfCheckFault.None, report.Passed);
        Assert.IsFalse(report.Comparisons.Any(comparison => comparison.Fault != SelfCheckFault.None && comparison.Reused is ["blocks.0.attn"] or ["blocks.2.attn"]), report.ToString());
        if (found is not null)
        {
            Assert.IsNotNull(found.Remedy);
            Assert.AreEqual(fault == SelfCheckFault.RandomStateDiffers, found.LargestDifference == 0, report.ToString());
            Assert.AreNotEqual(SelfCheckFault.None, report.Comparisons[^1].Fault);
        }
    }

    [TestMethod]
    [DataRow(Broken.BodyCounts, SelfCheckFault.NotRepeatable)]
    [DataRow(Broken.BodyWritesItsInput, SelfCheckFault.InputsWritten)]
    public void Run_BodyThatIsWrongByItself_SaysSo(Broken broken, SelfCheckFault fault)
    {
        using var model = new BrokenBlockAlone(broken);
        using var input = randn(2, 3, 4);
        using var before = input.clone();
        var report = CacheSelfCheck.Run(model, input);
        Assert.Contains(fault, report.Comparisons.Select(comparison => comparison.Fault), report.ToString());
        Assert.IsTrue(input.allclose(before, 0, 0), "the caller's input was written");

        var watched = CacheSelfCheck.RunOn(model, () => model.forward(input), [input]);
        Assert.Contains(fault, watched.Comparisons.Select(comparison => comparison.Fault), watched.ToString());
        Assert.IsTrue(input.allclose(before, 0, 0), "the input was not set back");
    }

    [TestMethod]
    public void Run_WhateverItFinds_LeavesModelTensorsAndRandomStateAsTheyWere()
    {
        foreach (var broken in new[] { Broken.Nothing, Broken.ResultIsWritten, Broken.FeederDrawsNumbers })
        {
            using var model = new BrokenModel(broken);
            using var input = randn(2, 3, 4);
            using var before = model.forward(input.clone());
            using var state = get_rng_state();
            var live = LiveTensors.CountAtStart();
            CacheSelfCheck.Run(model, input);
            Assert.AreEqual(live, Tensor.TotalCount);
            Assert.IsFalse(model.IsCacheEnabled);
            Assert.IsNull(model.CurrentRun);
            using var after = get_rng_state();
            Assert.IsTrue(state.bytes.SequenceEqual(after.bytes));
            using var same = model.forward(input.clone());
            Assert.AreEqual(broken != Broken.FeederDrawsNumbers, same.allclose(before, 0, 0));
        }
    }

    [TestMethod]
    public void Run_ForwardThatThrows_LeavesTheModelAsItWas()
    {
        using var model = new BrokenModel(Broken.Nothing);
        using var wrong = randn(2, 3, 5);
        var live = LiveTensors.CountAtStart();
        Assert.Throws<Exception>(() => CacheSelfCheck.Run(model, wrong));
        using var input = randn(2, 3, 4);
        Assert.IsTrue(CacheSelfCheck.Run(model, input).Passed);
        Assert.AreEqual(live + 1, Tensor.TotalCount);
    }

    [TestMethod]
    public void Run_WhatItCannotCheck_IsRefused()
    {
        using var model = new BrokenModel(Broken.Nothing);
        using var input = randn(2, 3, 4);
        Assert.Contains("forward", Assert.ThrowsExactly<ArgumentException>(() => CacheSelfCheck.Run(model, input, input)).Message);
        Assert.ThrowsExactly<ArgumentException>(() => CacheSelfCheck.Run(model, "text"));
        Assert.ThrowsExactly<ArgumentNullException>(() => CacheSelfCheck.Run(null!, input));
        model.train();
        Assert.Contains("eval()", Assert.ThrowsExactly<InvalidOperationException>(() => CacheSelfCheck.Run(model, input)).Message);
        model.eval();
        model.EnableCache(new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 });
        using var run = model.BeginRun([700.0, 600.0]);
        Assert.Contains("DisableCache", Assert.ThrowsExactly<InvalidOperationException>(() => CacheSelfCheck.Run(model, input)).Message);
        Assert.IsFalse(run.IsDisposed);
        model.DisableCache();
        Assert.IsTrue(CacheSelfCheck.Run(model, input).Passed);
    }

    [TestMethod]
    [DataRow(Broken.Nothing)]
    [DataRow(Broken.ResultIsWritten)]
    public void Run_WithACacheEnabled_ChecksAndLeavesItEnabled(Broken broken)
    {
        using var model = new BrokenModel(broken);
        using var input = randn(2, 3, 4);
        var expected = CacheSelfCheck.Run(model, input);
        model.EnableCache(new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 });
        Assert.AreEqual(expected.ToString(), CacheSelfCheck.Run(model, input).ToString());
        Assert.IsTrue(model.IsCacheEnabled);

        // With the config that it had: the second forward reuses.
        using var run = model.BeginRun([700.0, 600.0]);
        using var first = model.forward(input);
        using var second = model.forward(input);
        Assert.AreEqual(3, run.Plan!.Rows[1].Cells.Count(cell => cell == PlanCell.Reuse));
    }

    [TestMethod]
    public void Run_ForwardThatThrowsWithACacheEnabled_LeavesItEnabled()
    {
        using var model = new BrokenModel(Broken.Nothing);
        using var wrong = randn(2, 3, 5);
        model.EnableCache(new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 });
        Assert.Throws<Exception>(() => CacheSelfCheck.Run(model, wrong));
        Assert.IsTrue(model.IsCacheEnabled);
    }
}
