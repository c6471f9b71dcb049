using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class RepeatedTimestepTests
{
    /// <summary>The value that diffusers gives where the run's beginning is told (set_begin_index(0)).</summary>
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Step_OverTimestepsThatBeginWithTwoAlike_RunsToTheEnd(bool begins)
    {
        using var scope = NewDisposeScope();
        using var scheduler = Flow(12);
        scheduler.SetTimesteps(100);
        Assert.AreEqual(scheduler.Timesteps[0], scheduler.Timesteps[1]);
        if (begins)
            scheduler.BeginIndex = 0;
        var sample = ones([1L, 2]);
        foreach (var timestep in scheduler.Timesteps)
            sample = scheduler.Step(sample.Times(0.3f), timestep, sample);
        Assert.AreEqual(0.7405666f, sample.data<float>()[0], 1e-6f);
    }

    [TestMethod]
    [DataRow(12.0, 200)]
    [DataRow(5.0, 400)]
    [DataRow(3.0, 999)]
    public void Step_OverManyTimesteps_MakesEveryStep(double shift, int steps)
    {
        using var scope = NewDisposeScope();
        using var scheduler = Flow(shift);
        scheduler.SetTimesteps(steps);
        Assert.AreNotEqual(scheduler.Timesteps.Count, scheduler.Timesteps.Distinct().Count());
        var sample = ones([1L, 2]);
        foreach (var timestep in scheduler.Timesteps)
            sample = scheduler.Step(sample.Times(0.3f), timestep, sample);
        Assert.IsTrue(float.IsFinite(sample.data<float>()[0]));
        Assert.ThrowsExactly<InvalidOperationException>(() => scheduler.Step(sample, scheduler.Timesteps[^1], sample));
    }

    /// <summary>A run that begins in the middle says which of equal timesteps is meant, or is told at its second step.</summary>
    [TestMethod]
    public void Step_FromTheSecondOfEqualTimesteps_NeedsTheBeginIndex()
    {
        using var scope = NewDisposeScope();
        using var scheduler = Flow(12);
        scheduler.SetTimesteps(100);
        var second = Enumerable.Range(1, 98).First(i => scheduler.Timesteps[i] == scheduler.Timesteps[i - 1]);

        var sample = scheduler.Step(ones([1L, 2]), scheduler.Timesteps[second], ones([1L, 2]));
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.Step(sample, scheduler.Timesteps[second + 1], sample));
        Assert.Contains("BeginIndex", error.Message);

        scheduler.SetTimesteps(100);
        scheduler.BeginIndex = second;
        for (var i = second; i < 100; i++)
            sample = scheduler.Step(sample.Times(0.3f), scheduler.Timesteps[i], sample);
        Assert.AreEqual(100, scheduler.StepIndex);
    }

    [TestMethod]
    [DataRow(new[] { 1.0, 1.0, 0.5, 0.25 })]
    [DataRow(new[] { 1.0, 0.5, 0.5, 0.5, 0.25 })]
    [DataRow(new[] { 1.0, 0.5, 0.25, 0.25 })]
    public void Step_OfFlowMatchOverEqualSigmas_MakesEveryStep(double[] sigmas)
    {
        using var scope = NewDisposeScope();
        var scheduler = new FlowMatchEulerDiscreteScheduler(new());
        Assert.ThrowsExactly<InvalidOperationException>(() => scheduler.Step(ones(2), 1000, ones(2)));
        scheduler.SetTimesteps(sigmas: sigmas);
        var sample = ones(2);
        foreach (var timestep in scheduler.Timesteps)
            sample = scheduler.Step(ones(2), timestep, sample);
        // A constant velocity over the whole way: 1 − σ of the first.
        Assert.AreEqual(0f, sample.data<float>()[0], 1e-6f);
        Assert.ThrowsExactly<InvalidOperationException>(() => scheduler.Step(sample, scheduler.Timesteps[^1], sample));
    }

    private static UniPCMultistepScheduler Flow(double shift) =>
        new(new UniPCMultistepSchedulerConfig { PredictionType = "flow_prediction", UseFlowSigmas = true, FlowShift = shift });
}
