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

    private static UniPCMultistepScheduler Flow(double shift) =>
        new(new UniPCMultistepSchedulerConfig { PredictionType = "flow_prediction", UseFlowSigmas = true, FlowShift = shift });
}
