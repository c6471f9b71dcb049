using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class FlowMatchEulerDiscreteSchedulerTests
{
    [TestMethod]
    [DataRow(1.0)]
    [DataRow(3.0)]
    public void Steps_OnTheTrueVelocity_StayOnTheStraightLine(double shift)
    {
        using var scope = NewDisposeScope();
        var scheduler = new FlowMatchEulerDiscreteScheduler(new() { Shift = shift });
        scheduler.SetTimesteps(7);
        var (original, noise) = (randn(2, 3), randn(2, 3));
        var sample = noise;

        for (var i = 0; i < 7; i++)
        {
            TensorAssert.Close(scheduler.ScaleNoise(original, [scheduler.Timesteps[i]], noise), sample, 1e-5, $"step {i}");
            sample = scheduler.Step(noise - original, scheduler.Timesteps[i], sample);
        }

        TensorAssert.Close(original, sample, 1e-5);
        Assert.AreEqual(7, scheduler.StepIndex);
    }

    [TestMethod]
    public void SetTimesteps_WithLinearShift_FollowsItsFormula()
    {
        var scheduler = new FlowMatchEulerDiscreteScheduler(new() { UseDynamicShifting = true, TimeShiftType = "linear" });

        scheduler.SetTimesteps(sigmas: [1, 0.5, 0.25], mu: 3);

        // 3 / (3 + 1/σ − 1)
        CollectionAssert.AreEqual(new[] { 1f, 0.75f, 0.5f, 0f }, scheduler.Sigmas.ToArray());
        CollectionAssert.AreEqual(new[] { 1000.0, 750, 500 }, scheduler.Timesteps.ToArray());
    }

    [TestMethod]
    public void SetTimesteps_WithTimesteps_UsesThemAsSigmas()
    {
        var scheduler = new FlowMatchEulerDiscreteScheduler(new());

        scheduler.SetTimesteps(timesteps: [1000, 500, 250]);

        CollectionAssert.AreEqual(new[] { 1f, 0.5f, 0.25f, 0f }, scheduler.Sigmas.ToArray());
        Assert.AreEqual(3, scheduler.NumInferenceSteps);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void SetTimesteps_OnACurve_IsEvenAlongIt(bool karras)
    {
        var scheduler = new FlowMatchEulerDiscreteScheduler(new() { UseKarrasSigmas = karras, UseExponentialSigmas = !karras });

        scheduler.SetTimesteps(5);

        double Along(float sigma) => karras ? Math.Pow(sigma, 1 / 7.0) : Math.Log(sigma);
        Assert.AreEqual(1, scheduler.Sigmas[0], 1e-6);
        Assert.AreEqual(0.001, scheduler.Sigmas[4], 1e-8);
        for (var i = 0; i < 5; i++)
            Assert.AreEqual(Along(1) + i / 4.0 * (Along(0.001f) - Along(1)), Along(scheduler.Sigmas[i]), 1e-6, $"at {i}");
    }

    [TestMethod]
    public void Shift_WhenSet_IsThatOfTheNextRun()
    {
        var scheduler = new FlowMatchEulerDiscreteScheduler(new() { Shift = 5 }) { Shift = 3 };

        scheduler.SetTimesteps(sigmas: [0.5]);

        Assert.AreEqual(0.75f, scheduler.Sigmas[0]); // 3 · 0.5 / (1 + 2 · 0.5)
    }

    [TestMethod]
    public void Step_WithStochasticSampling_RenewsTheNoise()
    {
        using var scope = NewDisposeScope();
        var scheduler = new FlowMatchEulerDiscreteScheduler(new() { StochasticSampling = true });
        scheduler.SetTimesteps(sigmas: [1, 0.5]);
        var (original, noise) = (randn(2, 3), randn(2, 3));
        using var first = new Generator(3);
        using var second = new Generator(3);

        var sample = scheduler.Step(noise - original, 1000, noise, first);

        TensorAssert.Close(scheduler.ScaleNoise(original, [500], randn([2, 3], generator: second)), sample, 1e-6);
    }

    [TestMethod]
    public void Step_OnHalfTypes_GivesTheTypeOfTheOutput()
    {
        using var scope = NewDisposeScope();
        var scheduler = new FlowMatchEulerDiscreteScheduler(new());
        scheduler.SetTimesteps(sigmas: [1, 0.5]);

        var sample = scheduler.Step(ones(2, 3, dtype: ScalarType.BFloat16), 1000, zeros(2, 3));

        Assert.AreEqual(ScalarType.BFloat16, sample.dtype);
        TensorAssert.Same(TensorArithmetic.Full([2, 3], -0.5), sample);
    }

    [TestMethod]
    public void BeginIndex_WhenSet_BeginsThere()
    {
        using var scope = NewDisposeScope();
        var scheduler = new FlowMatchEulerDiscreteScheduler(new());
        scheduler.SetTimesteps(10);
        scheduler.BeginIndex = 4;
        var sample = randn(2, 3);

        using var next = scheduler.Step(sample, scheduler.Timesteps[4], sample);

        Assert.AreEqual(5, scheduler.StepIndex);
        scheduler.SetTimesteps(10);
        Assert.IsNull(scheduler.BeginIndex);
        Assert.IsNull(scheduler.StepIndex);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.BeginIndex = 10);
    }

    [TestMethod]
    public void Step_Repeated_LeavesOnlyItsResultAlive()
    {
        using var scope = NewDisposeScope();
        var scheduler = new FlowMatchEulerDiscreteScheduler(new() { StochasticSampling = true });
        scheduler.SetTimesteps(200);
        var (output, sample) = (randn([2, 3], dtype: ScalarType.BFloat16), randn(2, 3));
        var statistics = DisposeScopeManager.Statistics;
        var before = statistics.ThreadTotalLiveCount;

        foreach (var timestep in scheduler.Timesteps)
        {
            using var next = scheduler.Step(output, timestep, sample);
            Assert.AreEqual(before + 1, statistics.ThreadTotalLiveCount);
        }

        Assert.AreEqual(before, statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void Step_WithWrongArguments_SaysWhich()
    {
        using var scope = NewDisposeScope();
        var sample = randn(2, 3);
        var scheduler = new FlowMatchEulerDiscreteScheduler(new());

        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => scheduler.Step(sample, 1000, sample)).Message, "SetTimesteps");
        scheduler.SetTimesteps(sigmas: [1, 0.5]);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.Step(sample, 0, sample)).Message, "not one of");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => scheduler.Step(sample[0], 1000, sample)).Message, "[2, 3], found [3]");
        Assert.ThrowsExactly<ArgumentException>(() => scheduler.ScaleNoise(sample, [1000], sample[0]));
        Assert.ThrowsExactly<ArgumentException>(() => scheduler.ScaleNoise(sample, [1000, 500, 500], sample));
        scheduler.Step(sample, 1000, sample);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.Step(sample, 1000, sample)).Message,
            "expected timestep 500 at step 1");
        scheduler.Step(sample, 500, sample);
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => scheduler.Step(sample, 500, sample)).Message, "all 2 steps");
    }

    [TestMethod]
    public void SetTimesteps_WithWrongArguments_SaysWhich()
    {
        var fixedShift = new FlowMatchEulerDiscreteScheduler(new());
        var dynamic = new FlowMatchEulerDiscreteScheduler(new() { UseDynamicShifting = true });
        var stretched = new FlowMatchEulerDiscreteScheduler(new() { ShiftTerminal = 0.1 });
        var exponential = new FlowMatchEulerDiscreteScheduler(new() { UseExponentialSigmas = true });

        StringAssert.Contains(Refused(() => dynamic.SetTimesteps(5)), "needs mu");
        StringAssert.Contains(Refused(() => fixedShift.SetTimesteps()), "number of steps");
        StringAssert.Contains(Refused(() => fixedShift.SetTimesteps(3, sigmas: [1])), "expected 3 sigmas and timesteps, found 1 and 3");
        StringAssert.Contains(Refused(() => fixedShift.SetTimesteps(sigmas: [1], timesteps: [1, 2])), "found 1 and 2");
        StringAssert.Contains(Refused(() => stretched.SetTimesteps(sigmas: [1])), "shift_terminal");
        StringAssert.Contains(Refused(() => exponential.SetTimesteps(sigmas: [1, 0])), "above 0");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => fixedShift.SetTimesteps(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => fixedShift.SetTimesteps(sigmas: []));
        var unknown = new FlowMatchEulerDiscreteScheduler(new() { BaseShift = null });
        Assert.ThrowsExactly<InvalidOperationException>(() => unknown.CalculateShift(100));

        static string Refused(Action action) => Assert.ThrowsExactly<ArgumentException>(action).Message;
    }

    [TestMethod]
    [DataRow("""{"time_shift_type": "cubic"}""", "'cubic'")]
    [DataRow("""{"shift": 0}""", "shift above 0")]
    [DataRow("""{"shift_terminal": 1}""", "shift_terminal of 0 to below 1")]
    [DataRow("""{"num_train_timesteps": 0}""", "num_train_timesteps above 0")]
    [DataRow("""{"use_karras_sigmas": true, "use_exponential_sigmas": true}""", "at most one")]
    public void FromJson_WithBadValues_NamesThem(string json, string expected) => StringAssert.Contains(
        Assert.ThrowsExactly<ArgumentException>(() => FlowMatchEulerDiscreteScheduler.FromJson(json)).Message, expected);

    [TestMethod]
    public void FromJson_OfWhatIsNotHere_SaysSo()
    {
        StringAssert.Contains(
            Assert.ThrowsExactly<NotSupportedException>(
                () => FlowMatchEulerDiscreteScheduler.FromJson("""{"use_beta_sigmas": true}""")).Message,
            "beta distribution");
    }
}
