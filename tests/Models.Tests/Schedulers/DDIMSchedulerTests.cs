using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class DDIMSchedulerTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("ddim_eps_clip_20")]
    [DataRow("ddim_eps_leading_20_offset1")]
    [DataRow("ddim_eps_leading_50")]
    [DataRow("ddim_sample_linspace_20")]
    [DataRow("ddim_scaled_linear_20")]
    [DataRow("ddim_v_trailing_20")]
    [DataRow("ddim_v_zero_snr_trailing_20")]
    public void Steps_OnRecordedOutputs_GiveRecordedSamples(string name)
    {
        var recording = SchedulerReplay.Of(name);
        var scheduler = DDIMScheduler.FromJson(recording.Config());

        scheduler.SetTimesteps(recording.GetProperty("set_timesteps").GetProperty("num_inference_steps").GetInt32());

        CollectionAssert.AreEqual(recording.Doubles("timesteps"), scheduler.Timesteps.Select(t => (double)t).ToArray());
        // A product of up to 1000 float32 factors, which torch's vector code rounds differently from one processor to another.
        foreach (var alpha in recording.GetProperty("alphas_cumprod_at").EnumerateObject())
            Assert.AreEqual(alpha.Value.GetDouble(), scheduler.AlphasCumprod[int.Parse(alpha.Name)], 1e-6, alpha.Name);
        Assert.AreEqual(recording.GetProperty("final_alpha_cumprod").GetDouble(), scheduler.FinalAlphaCumprod, 1e-9);
        Assert.AreEqual(recording.GetProperty("init_noise_sigma").GetDouble(), scheduler.InitNoiseSigma);
        var worst = SchedulerReplay.Compare(
            name, (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample).PrevSample);
        TestContext.WriteLine($"{name}: {worst:p0} of the limit");
    }

    [TestMethod]
    [DataRow("epsilon", "linear", false)]
    [DataRow("sample", "scaled_linear", false)]
    [DataRow("v_prediction", "squaredcos_cap_v2", true)]
    public void Step_OfEveryPrediction_FollowsTheForwardProcess(string prediction, string schedule, bool zeroSnr)
    {
        using var scope = NewDisposeScope();
        var scheduler = new DDIMScheduler(new()
        {
            PredictionType = prediction,
            BetaSchedule = schedule,
            RescaleBetasZeroSnr = zeroSnr,
            ClipSample = false,
        });
        scheduler.SetTimesteps(10);
        var (timestep, next) = (scheduler.Timesteps[4], scheduler.Timesteps[5]);
        var alpha = scheduler.AlphasCumprod[(int)timestep];
        var (original, noise, fresh) = (randn(2, 3, 4), randn(2, 3, 4), randn(2, 3, 4));
        var sample = scheduler.AddNoise(original, noise, [timestep]);
        var output = prediction switch
        {
            "epsilon" => noise,
            "sample" => original,
            _ => noise.Times(Math.Sqrt(alpha)) - original.Times(Math.Sqrt(1 - alpha)),
        };

        var plain = scheduler.Step(output, timestep, sample);
        var noisy = scheduler.Step(output, timestep, sample, eta: 0.7, varianceNoise: fresh);

        TensorAssert.Close(original, plain.PredOriginalSample, 1e-5);
        TensorAssert.Close(scheduler.AddNoise(original, noise, [next]), plain.PrevSample, 1e-5);
        var alphaNext = scheduler.AlphasCumprod[(int)next];
        var deviation = 0.7 * Math.Sqrt((1 - alphaNext) / (1 - alpha) * (1 - alpha / alphaNext));
        TensorAssert.Close(
            original.Times(Math.Sqrt(alphaNext)).Plus(noise.Times(Math.Sqrt(1 - alphaNext - deviation * deviation))).Plus(fresh.Times(deviation)),
            noisy.PrevSample,
            1e-5);
    }

    [TestMethod]
    public void Step_WithEta_DrawsOneNoise()
    {
        using var scope = NewDisposeScope();
        var scheduler = Set(new());
        var (output, sample) = (randn(2, 3), randn(2, 3));
        using var first = new Generator(5);
        using var second = new Generator(5);

        var drawn = scheduler.Step(output, scheduler.Timesteps[2], sample, eta: 1, generator: first);

        var given = scheduler.Step(output, scheduler.Timesteps[2], sample, eta: 1, varianceNoise: randn([2, 3], generator: second));
        TensorAssert.Same(given.PrevSample, drawn.PrevSample);
    }

    [TestMethod]
    public void Step_WithClipping_CutsTheOriginalOff()
    {
        using var scope = NewDisposeScope();
        var scheduler = Set(new() { PredictionType = "sample", ClipSampleRange = 0.5 });
        var output = tensor(new[,] { { -2f, 0.25f, 1f } });
        var sample = randn(1, 3);
        var timestep = scheduler.Timesteps[3];

        var kept = scheduler.Step(output, timestep, sample);
        var clipped = scheduler.Step(output, timestep, sample, useClippedModelOutput: true);

        TensorAssert.Same(tensor(new[,] { { -0.5f, 0.25f, 0.5f } }), kept.PredOriginalSample);
        TensorAssert.Close(Next(output), kept.PrevSample, 1e-6, "noise of the output itself");
        TensorAssert.Close(Next(kept.PredOriginalSample), clipped.PrevSample, 1e-6, "noise of the clipped original");

        Tensor Next(Tensor noiseOf)
        {
            var (alpha, alphaNext) = (scheduler.AlphasCumprod[(int)timestep], scheduler.AlphasCumprod[(int)scheduler.Timesteps[4]]);
            var noise = (sample - noiseOf.Times(Math.Sqrt(alpha))).Over(Math.Sqrt(1 - alpha));
            return kept.PredOriginalSample.Times(Math.Sqrt(alphaNext)).Plus(noise.Times(Math.Sqrt(1 - alphaNext)));
        }
    }

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void Step_WithThresholding_DividesByAQuantileOfEachSample(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var scheduler = Set(new()
        {
            PredictionType = "sample",
            Thresholding = true,
            DynamicThresholdingRatio = 0.5,
            SampleMaxValue = 3,
        });
        // Medians of the magnitudes: 2 (used), 0.5 (raised to 1), 8 (lowered to 3).
        var output = tensor(new float[,] { { -1, 2, -4 }, { 0.25f, -0.5f, 2 }, { 8, -8, 1.5f } }).to(dtype).reshape(3, 1, 3);

        var step = scheduler.Step(output, scheduler.Timesteps[0], randn(3, 1, 3, dtype: dtype));

        var expected = tensor(new[,] { { -0.5f, 1, -1 }, { 0.25f, -0.5f, 1 }, { 1, -1, 0.5f } }).reshape(3, 1, 3);
        TensorAssert.Same(expected, step.PredOriginalSample);
        Assert.AreEqual(dtype, step.PredOriginalSample.dtype);
        Assert.AreEqual(dtype, step.PrevSample.dtype);
    }

    [TestMethod]
    public void Step_Repeated_LeavesOnlyItsResultsAlive()
    {
        using var scope = NewDisposeScope();
        var scheduler = new DDIMScheduler(new() { Thresholding = true });
        scheduler.SetTimesteps(200);
        var (output, sample) = (randn(2, 3), randn(2, 3));
        var statistics = DisposeScopeManager.Statistics;
        var before = statistics.ThreadTotalLiveCount;

        foreach (var timestep in scheduler.Timesteps)
        {
            using var step = scheduler.Step(output, timestep, sample, eta: 1, useClippedModelOutput: true);
            Assert.AreEqual(before + 2, statistics.ThreadTotalLiveCount);
        }

        Assert.AreEqual(before, statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void Step_WithWrongArguments_SaysWhich()
    {
        using var scope = NewDisposeScope();
        var sample = randn(2, 3);
        var scheduler = new DDIMScheduler(new());

        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => scheduler.Step(sample, 10, sample)).Message, "SetTimesteps");
        scheduler.SetTimesteps(10);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.Step(sample, 1000, sample)).Message, "0 to 999");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => scheduler.Step(sample[0], 10, sample)).Message, "[2, 3], found [3]");
        Assert.ThrowsExactly<ArgumentException>(() => scheduler.Step(sample, 10, sample, eta: 1, varianceNoise: sample[0]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.Step(sample, 10, sample, eta: -1));
        using var generator = new Generator(1);
        Assert.ThrowsExactly<ArgumentException>(
            () => scheduler.Step(sample, 10, sample, eta: 1, generator: generator, varianceNoise: sample));
    }

    [TestMethod]
    [DataRow("""{"beta_schedule": "cubic"}""", "'cubic'")]
    [DataRow("""{"prediction_type": "flow_prediction"}""", "'flow_prediction'")]
    [DataRow("""{"timestep_spacing": "even"}""", "'even'")]
    [DataRow("""{"trained_betas": [0.5]}""", "1000 trained_betas, found 1")]
    [DataRow("""{"num_train_timesteps": 0}""", "num_train_timesteps above 0")]
    [DataRow("""{"dynamic_thresholding_ratio": 1.5}""", "dynamic_thresholding_ratio of 0 to 1")]
    public void FromJson_WithBadValues_NamesThem(string json, string expected) => StringAssert.Contains(
        Assert.ThrowsExactly<ArgumentException>(() => DDIMScheduler.FromJson(json)).Message, expected);

    private static DDIMScheduler Set(DDIMSchedulerConfig config)
    {
        var scheduler = new DDIMScheduler(config);
        scheduler.SetTimesteps(10);
        return scheduler;
    }
}
