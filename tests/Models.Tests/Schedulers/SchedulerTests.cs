using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class SchedulerTests
{
    [TestMethod]
    [DataRow("linspace", 5, new long[] { 999, 749, 500, 250, 0 })] // 749.25, 499.5 to even, 249.75
    [DataRow("linspace", 1, new long[] { 0 })]
    [DataRow("leading", 3, new long[] { 667, 334, 1 })]
    [DataRow("trailing", 3, new long[] { 999, 666, 332 })]
    [DataRow("trailing", 8, new long[] { 999, 874, 749, 624, 499, 374, 249, 124 })]
    [DataRow("trailing", 16, new long[] { 999, 937, 874, 811, 749, 687, 624, 561, 499, 437, 374, 311, 249, 187, 124, 61 })] // 937.5 to even
    public void SetTimesteps_WithSpacing_RoundsAsNumpy(string spacing, int steps, long[] expected)
    {
        var scheduler = new CogVideoXDDIMScheduler(new() { TimestepSpacing = spacing, StepsOffset = 1 });

        scheduler.SetTimesteps(steps);

        CollectionAssert.AreEqual(expected, scheduler.Timesteps.ToArray(), string.Join(", ", scheduler.Timesteps));
        Assert.AreEqual(steps, scheduler.NumInferenceSteps);
    }

    [TestMethod]
    [DataRow("linear", 0.02, 4)]
    [DataRow("squaredcos_cap_v2", 0.02, 4)]
    [DataRow("scaled_linear", 0.02, 4)]
    public void AlphasCumprod_OfSchedule_FollowItsFormula(string schedule, double betaEnd, int steps)
    {
        var config = new CogVideoXSchedulerConfig { BetaSchedule = schedule, BetaEnd = betaEnd, NumTrainTimesteps = steps, SnrShiftScale = 2 };
        var product = 1.0;
        for (var i = 0; i < steps; i++)
        {
            double Bar(int t) => Math.Pow(Math.Cos(((double)t / steps + 0.008) / 1.008 * Math.PI / 2), 2);
            double Between(double a, double b) => a + (b - a) * i / (steps - 1);
            product *= 1 - schedule switch
            {
                "linear" => Between(config.BetaStart, betaEnd),
                "scaled_linear" => Math.Pow(Between(Math.Sqrt(config.BetaStart), Math.Sqrt(betaEnd)), 2),
                _ => Math.Min(1 - Bar(i + 1) / Bar(i), 0.999),
            };

            Assert.AreEqual(product / (2 - product), new CogVideoXDPMScheduler(config).AlphasCumprod[i], 1e-6, $"at {i}");
        }
    }

    [TestMethod]
    public void AlphasCumprod_OfTrainedBetas_AreTheirs()
    {
        var config = new CogVideoXSchedulerConfig { TrainedBetas = [0.5, 0.25], NumTrainTimesteps = 2, SnrShiftScale = 1, SetAlphaToOne = false };

        var scheduler = new CogVideoXDDIMScheduler(config);

        CollectionAssert.AreEqual(new[] { 0.5, 0.375 }, scheduler.AlphasCumprod.ToArray());
        Assert.AreEqual(0.5, scheduler.FinalAlphaCumprod);
    }

    [TestMethod]
    [DataRow("epsilon")]
    [DataRow("sample")]
    [DataRow("v_prediction")]
    public void Step_OfEveryPrediction_RecoversTheOriginal(string prediction)
    {
        using var scope = NewDisposeScope();
        var scheduler = new CogVideoXDDIMScheduler(new() { PredictionType = prediction });
        scheduler.SetTimesteps(10);
        var timestep = scheduler.Timesteps[4];
        var (original, noise) = (randn(2, 3, 4), randn(2, 3, 4));
        var sample = scheduler.AddNoise(original, noise, [timestep]);
        var output = prediction switch
        {
            "epsilon" => noise,
            "sample" => original,
            _ => scheduler.GetVelocity(original, noise, [timestep]),
        };

        var step = scheduler.Step(output, timestep, sample);

        TensorAssert.Close(original, step.PredOriginalSample, 1e-5);
        TensorAssert.Close(scheduler.AddNoise(original, noise, [scheduler.Timesteps[5]]), step.PrevSample, 1e-5);
    }

    [TestMethod]
    public void GetVelocity_OfABatch_TakesEachSamplesTimestep()
    {
        using var scope = NewDisposeScope();
        var scheduler = new CogVideoXDDIMScheduler(new());
        var (original, noise) = (randn(3, 2, 4), randn(3, 2, 4));
        long[] timesteps = [0, 500, 999];

        var velocity = scheduler.GetVelocity(original, noise, timesteps);

        for (var i = 0; i < timesteps.Length; i++)
        {
            var alpha = scheduler.AlphasCumprod[(int)timesteps[i]];
            TensorAssert.Close(noise[i].Times(Math.Sqrt(alpha)) - original[i].Times(Math.Sqrt(1 - alpha)), velocity[i], 1e-6);
        }
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.GetVelocity(original, noise, [0, 500, 1000]));
    }

    [TestMethod]
    public void SavePretrained_ThenFromFile_GivesTheSettingsBack()
    {
        var folder = Path.Combine(Directory.CreateTempSubdirectory("scheduler-").FullName, "scheduler");
        try
        {
            var config = new CogVideoXSchedulerConfig { PredictionType = "v_prediction", SnrShiftScale = 1, TimestepSpacing = "trailing", TrainedBetas = [0.1, 0.2], NumTrainTimesteps = 2 };

            new CogVideoXDPMScheduler(config).SavePretrained(folder);

            var loaded = CogVideoXDPMScheduler.FromFile(Path.Combine(folder, "scheduler_config.json")).Config;
            CollectionAssert.AreEqual(config.TrainedBetas!.ToArray(), loaded.TrainedBetas!.ToArray());
            Assert.AreEqual(config with { TrainedBetas = null }, loaded with { TrainedBetas = null });
            Assert.Contains("\"_class_name\": \"CogVideoXDPMScheduler\"", File.ReadAllText(Path.Combine(folder, "scheduler_config.json")));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
        }
    }

    [TestMethod]
    public void Step_OfDpm_DrawsAsOftenAsTheRecordingsSay()
    {
        using var scope = NewDisposeScope();
        var scheduler = new CogVideoXDPMScheduler(new() { TimestepSpacing = "trailing" });
        scheduler.SetTimesteps(10);
        var (output, sample) = (randn(2, 3), randn(2, 3));
        using var generator = new Generator(7);
        var first = randn([2, 3], generator: generator);
        var second = randn([2, 3], generator: generator);

        foreach (var (index, noise) in (ReadOnlySpan<(int, Tensor)>)[(0, first), (4, second), (9, first)])
        {
            var old = index == 0 ? null : output;
            long? back = index == 0 ? null : scheduler.Timesteps[index - 1];
            using var seeded = new Generator(7);

            var drawn = scheduler.Step(output, old, scheduler.Timesteps[index], back, sample, seeded);

            var given = scheduler.Step(output, old, scheduler.Timesteps[index], back, sample, varianceNoise: noise);
            TensorAssert.Same(given.PrevSample, drawn.PrevSample, $"step {index}");
        }
    }

    [TestMethod]
    public void Step_OnHalfTypes_KeepsTheSampleType()
    {
        using var scope = NewDisposeScope();
        foreach (var dtype in (ScalarType[])[ScalarType.BFloat16, ScalarType.Float16, ScalarType.Float64])
        {
            var sample = randn(2, 3, dtype: dtype);
            foreach (var scheduler in (CogVideoXScheduler[])[new CogVideoXDDIMScheduler(new()), new CogVideoXDPMScheduler(new())])
            {
                using var run = scheduler.BeginRun(ScheduleRequest.Of(3));
                for (var i = 0; i < 3; i++)
                {
                    sample = run.Step(i, sample, sample);
                    Assert.AreEqual(dtype, sample.dtype);
                    Assert.IsTrue(sample.isfinite().all().item<bool>());
                }
            }
        }
    }

    [TestMethod]
    public void Step_Repeated_LeavesOnlyItsResultsAlive()
    {
        using var scope = NewDisposeScope();
        var dpm = new CogVideoXDPMScheduler(new());
        var ddim = new CogVideoXDDIMScheduler(new());
        dpm.SetTimesteps(10);
        ddim.SetTimesteps(10);
        var (output, sample) = (randn(2, 3), randn(2, 3));
        var statistics = DisposeScopeManager.Statistics;

        var before = statistics.ThreadTotalLiveCount;
        for (var i = 1; i < 10; i++)
        {
            using var first = ddim.Step(output, ddim.Timesteps[i], sample);
            Assert.AreEqual(before + 2, statistics.ThreadTotalLiveCount);
            using var second = dpm.Step(output, first.PredOriginalSample, dpm.Timesteps[i], dpm.Timesteps[i - 1], sample);
            Assert.AreEqual(before + 4, statistics.ThreadTotalLiveCount);
        }

        Assert.AreEqual(before, statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void Step_BeforeSetTimestepsOrOutsideTraining_IsRefused()
    {
        using var scope = NewDisposeScope();
        var scheduler = new CogVideoXDDIMScheduler(new());
        var sample = randn(2, 3);

        Assert.ThrowsExactly<InvalidOperationException>(() => scheduler.Step(sample, 10, sample));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.SetTimesteps(1001));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.SetTimesteps(0));
        scheduler.SetTimesteps(10);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.Step(sample, 1000, sample));
        Assert.ThrowsExactly<ArgumentException>(() => scheduler.AddNoise(sample, sample, [1, 2, 3]));
        var dpm = new CogVideoXDPMScheduler(new());
        Assert.ThrowsExactly<ArgumentException>(() => dpm.Step(sample, sample, 10, null, sample));
    }

    [TestMethod]
    [DataRow("""{"_class_name": "FlowMatchEulerDiscreteScheduler"}""", "found 'FlowMatchEulerDiscreteScheduler'")]
    [DataRow("""{"_class_name": "CogVideoXTransformer3DModel"}""", "found 'CogVideoXTransformer3DModel'")]
    [DataRow("""{"beta_start": "small"}""", "beta_start")]
    [DataRow("""[1]""", "not a JSON object")]
    public void FromJson_OfAnotherConfig_SaysWhatIsWrong(string json, string expected)
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => CogVideoXDDIMScheduler.FromJson(json));

        StringAssert.Contains(error.Message, expected);
    }

    [TestMethod]
    public void Constructor_WithUnknownValues_NamesThem()
    {
        StringAssert.Contains(Refused(new() { BetaSchedule = "cubic" }), "'cubic'");
        StringAssert.Contains(Refused(new() { PredictionType = "noise" }), "'noise'");
        StringAssert.Contains(Refused(new() { TimestepSpacing = "even" }), "'even'");
        StringAssert.Contains(Refused(new() { TrainedBetas = [0.1] }), "1000 trained_betas, found 1");

        static string Refused(CogVideoXSchedulerConfig config) =>
            Assert.ThrowsExactly<ArgumentException>(() => new CogVideoXDDIMScheduler(config)).Message;
    }
}
