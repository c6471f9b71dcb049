using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class UniPCMultistepSchedulerTests
{
    private static readonly UniPCMultistepSchedulerConfig Flow = new()
    {
        UseFlowSigmas = true,
        PredictionType = "flow_prediction",
        FlowShift = 3,
    };

    [TestMethod]
    [DataRow("epsilon", 1)]
    [DataRow("sample", 2)]
    [DataRow("v_prediction", 3)]
    [DataRow("flow_prediction", 3)]
    public void Steps_OnTheTrueOutput_FollowTheForwardProcess(string prediction, int order)
    {
        var flow = prediction == "flow_prediction";
        var config = new UniPCMultistepSchedulerConfig { PredictionType = prediction, SolverOrder = order, UseFlowSigmas = flow };
        Follow(config);
        Follow(config with { SolverType = "bh1" });
        Follow(config with { UseKarrasSigmas = true });
        Follow(config with { TimestepSpacing = "trailing", RescaleBetasZeroSnr = true });
        Follow(config with { TimestepSpacing = "leading", StepsOffset = 1, FinalSigmasType = "sigma_min" });
        if (!flow)
        {
            Follow(config with { UseExponentialSigmas = true });
            Follow(config with { PredictX0 = false, FinalSigmasType = "sigma_min" });
        }
    }

    [TestMethod]
    public void Steps_OfFirstOrderWithoutCorrector_AreEulersOfFlowMatching()
    {
        using var scope = NewDisposeScope();
        double[] sigmas = [0.9, 0.6, 0.5, 0.2];
        using var scheduler = new UniPCMultistepScheduler(Flow with { SolverOrder = 1, DisableCorrector = [0, 1, 2, 3] });
        var euler = new FlowMatchEulerDiscreteScheduler(new() { Shift = 3 });
        scheduler.SetTimesteps(sigmas: sigmas);
        euler.SetTimesteps(sigmas: sigmas);
        var sample = randn(2, 3);
        var expected = sample;

        for (var i = 0; i < 4; i++)
        {
            Assert.AreEqual(euler.Sigmas[i], scheduler.Sigmas[i], 1e-6);
            sample = scheduler.Step(sample.sin(), scheduler.Timesteps[i], sample);
            expected = euler.Step(expected.sin(), euler.Timesteps[i], expected);
            TensorAssert.Close(expected, sample, 1e-5, $"step {i}");
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void Steps_TwiceAsMany_AreMoreThanThreeTimesAsAccurate(int order)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var sample = randn([4, 3], generator: generator);
        var exact = Run(2, 900);

        var (coarse, fine) = (TensorAssert.MaxDifference(exact, Run(order, 20)), TensorAssert.MaxDifference(exact, Run(order, 40)));

        Assert.IsTrue(fine < coarse / 3 && coarse < 0.005, $"{coarse} in 20 steps, {fine} in 40");

        Tensor Run(int order, int steps)
        {
            using var scheduler = new UniPCMultistepScheduler(Flow with { FlowShift = 1, SolverOrder = order, FinalSigmasType = "sigma_min" });
            // The ends of the run do not depend on the number of steps.
            scheduler.SetTimesteps(sigmas: [.. Enumerable.Range(0, steps).Select(i => 0.9 - 0.8 * i / (steps - 1))]);
            var x = sample;
            for (var i = 0; i < steps; i++)
                x = scheduler.Step(x.Times(2 + scheduler.Sigmas[i]).sin(), scheduler.Timesteps[i], x);
            return x;
        }
    }

    [TestMethod]
    public void SetTimesteps_WithDynamicShift_FollowsIt()
    {
        using var scheduler = new UniPCMultistepScheduler(Flow with
        {
            UseDynamicShifting = true,
            TimeShiftType = "linear",
            FinalSigmasType = "sigma_min",
        });

        scheduler.SetTimesteps(sigmas: [1, 0.5, 0.25], mu: 3);

        CollectionAssert.AreEqual(new[] { 0.999999f, 0.75f, 0.5f, 0.5f }, scheduler.Sigmas.ToArray());
        CollectionAssert.AreEqual(new long[] { 999, 750, 500 }, scheduler.Timesteps.ToArray());
        Assert.AreEqual(3, scheduler.NumInferenceSteps);
    }

    [TestMethod]
    public void SetTimesteps_OfKarras_EndsAtTheGivenSigmas()
    {
        using var scheduler = new UniPCMultistepScheduler(new()
        {
            UseKarrasSigmas = true,
            SigmaMin = 0.1,
            SigmaMax = 10,
            FinalSigmasType = "sigma_min",
        });

        scheduler.SetTimesteps(5);

        Assert.AreEqual(10, scheduler.Sigmas[0], 1e-5);
        Assert.AreEqual(0.1, scheduler.Sigmas[4], 1e-7);
        Assert.AreEqual(0.1, scheduler.Sigmas[5], 1e-7);
        // Each timestep is the nearest one whose σ is that.
        var train = new UniPCMultistepScheduler(new()).Sigmas;
        for (var i = 0; i < 5; i++)
        {
            var nearest = Enumerable.Range(0, 1000).MinBy(t => Math.Abs(Math.Log(train[t]) - Math.Log(scheduler.Sigmas[i])));
            Assert.AreEqual(nearest, scheduler.Timesteps[i], $"at {i}");
        }
    }

    [TestMethod]
    public void Step_OnHalfTypes_KeepsTheSampleType()
    {
        using var scope = NewDisposeScope();
        using var scheduler = new UniPCMultistepScheduler(Flow with { SolverOrder = 3, Thresholding = true });
        scheduler.SetTimesteps(6);
        var sample = randn([2, 3], dtype: ScalarType.BFloat16);

        foreach (var timestep in scheduler.Timesteps)
        {
            sample = scheduler.Step(sample, timestep, sample);
            Assert.AreEqual(ScalarType.BFloat16, sample.dtype);
            Assert.IsTrue(sample.isfinite().all().item<bool>());
        }
    }

    [TestMethod]
    public void Step_Repeated_KeepsAsMuchAsItsOrder()
    {
        using var scope = NewDisposeScope();
        var scheduler = new UniPCMultistepScheduler(Flow with { SolverOrder = 3 });
        scheduler.SetTimesteps(200);
        var statistics = DisposeScopeManager.Statistics;
        var before = statistics.ThreadTotalLiveCount;

        var sample = randn(2, 3);
        for (var i = 0; i < 200; i++)
        {
            using var output = sample.sin();
            var next = scheduler.Step(output, scheduler.Timesteps[i], sample);
            sample.Dispose(); // the history keeps its memory
            sample = next;
            // One sample, one output of this step, and the history: the sample and up to three outputs.
            Assert.AreEqual(before + 2 + 1 + Math.Min(i + 1, 3), statistics.ThreadTotalLiveCount, $"step {i}");
        }

        sample.Dispose();
        scheduler.SetTimesteps(20);
        Assert.AreEqual(before, statistics.ThreadTotalLiveCount);
        using (var noise = randn(2, 3))
            scheduler.Step(noise, scheduler.Timesteps[0], noise).Dispose();
        scheduler.Dispose();
        scheduler.Dispose();
        Assert.AreEqual(before, statistics.ThreadTotalLiveCount);
        Assert.ThrowsExactly<ObjectDisposedException>(() => scheduler.SetTimesteps(20));
    }

    private static void Follow(UniPCMultistepSchedulerConfig config)
    {
        const int Steps = 8;
        using var scope = NewDisposeScope();
        using var scheduler = new UniPCMultistepScheduler(config);
        scheduler.SetTimesteps(Steps);
        manual_seed(3);
        var (original, noise) = (randn(2, 3), randn(2, 3));
        var (one, zero) = (ones(2, 3), zeros(2, 3));
        var sample = scheduler.AddNoise(original, noise, [scheduler.Timesteps[0]]);

        for (var i = 0; i < Steps; i++)
        {
            var signal = scheduler.AddNoise(one, zero, [scheduler.Timesteps[i]]);
            var share = scheduler.AddNoise(zero, one, [scheduler.Timesteps[i]]);
            TensorAssert.Close((signal * original).Plus(share * noise), sample, 2e-4, $"{config}, step {i}");
            var output = config.PredictionType switch
            {
                "epsilon" => noise,
                "sample" => original,
                "v_prediction" => signal * noise - share * original,
                _ => noise - original,
            };
            sample = scheduler.Step(output, scheduler.Timesteps[i], sample);
        }

        if (config.FinalSigmasType == "zero")
            TensorAssert.Close(original, sample, 2e-4, $"{config}, end");
    }
}
