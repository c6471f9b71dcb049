namespace Afterimage.Runtime.Tests.Execution;

[TestClass]
public sealed class ModelProfilerTests
{
    [TestMethod]
    public void Measure_InTheMiddleOfARun_IsThatWithoutACacheAndTheRunGoesOn()
    {
        using var model = Denoising.Model();
        var plain = ModelProfiler.Measure(model, () => Denoising.Step(model, 500));
        Assert.IsTrue(plain.Sites.All(site => site.Bytes > 0));
        var expected = Denoising.Run(model, Denoising.Faster);

        model.EnableCache(Denoising.Faster);
        Assert.AreEqual(plain, ModelProfiler.Measure(model, () => Denoising.Step(model, 500)), "before a run");
        using var run = model.BeginRun(Denoising.Timesteps);
        run.GuidanceScale = null;
        var actual = Denoising.Timesteps.Select(timestep =>
        {
            Assert.AreEqual(plain, ModelProfiler.Measure(model, () => Denoising.Step(model, 500, seed: 6)), $"before {timestep}");
            return Denoising.Step(model, timestep);
        }).ToList();
        Denoising.AssertEqual(expected, actual);
        Denoising.DisposeAll(expected, actual);
    }

    [TestMethod]
    public void Measure_WhatThrows_LeavesTheRunAsItWas()
    {
        using var model = Denoising.Model();
        model.EnableCache(Denoising.Pyramid);
        using var run = model.BeginRun([700, 650]);
        Denoising.Step(model, 700).Dispose();
        var attention = model.transformer_blocks[1].attn1;
        attention.Interrupt = () => throw new IOException("the author's own");
        Assert.ThrowsExactly<IOException>(() => ModelProfiler.Measure(model, () => Denoising.Step(model, 500)));
        attention.Interrupt = null;
        var calls = attention.Calls;
        Denoising.Step(model, 650).Dispose();
        Assert.AreEqual(calls, attention.Calls);
    }

    [TestMethod]
    public void Measure_InTheMiddleOfAForward_IsRefused()
    {
        using var model = Denoising.Model();
        model.EnableCache(Denoising.Pyramid);
        using var run = model.BeginRun([700, 650]);
        model.transformer_blocks[0].attn1.Interrupt = () => ModelProfiler.Measure(model, () => Denoising.Step(model, 500));
        Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 700));
    }
}
