using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class EulerAncestralDiscreteSchedulerTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("euler_a_trailing_20")]
    [DataRow("euler_a_leading_17_offset1")]
    [DataRow("euler_a_v_zero_snr_trailing_10")]
    [DataRow("euler_a_v_linspace_13")] // timesteps between two of training
    public void Steps_OnRecordedOutputs_GiveRecordedSamples(string name)
    {
        using var scope = NewDisposeScope();
        var recording = SchedulerReplay.Of(name);
        var tensors = Recording.Tensors("schedulers", name + ".safetensors");
        var scheduler = (EulerAncestralDiscreteScheduler)TraceScheduler.Create(recording);
        using var run = TraceScheduler.Begin(scheduler, recording);

        CollectionAssert.AreEqual(recording.Doubles("timesteps"), run.Timesteps.ToArray());
        // A product of up to 1000 float32 factors, which torch's vector code rounds differently from one processor to another.
        foreach (var (expected, sigma) in recording.Doubles("sigmas").Zip(scheduler.Sigmas))
            Assert.AreEqual(expected, sigma, 1e-5 * expected);
        Assert.AreEqual(recording.GetProperty("init_noise_sigma").GetDouble(), scheduler.InitNoiseSigma, 1e-5 * scheduler.InitNoiseSigma);

        var sample = tensors["sample.initial"];
        var worst = 0.0;
        for (var i = 0; i < run.Timesteps.Count; i++)
        {
            var output = tensors["model_outputs"][i].Times(0.8).Plus(run.ScaleModelInput(i, sample).Times(0.3));
            sample = run.Step(i, output, sample, noise: tensors["step_noise"][i]);
            var difference = TensorAssert.MaxDifference(tensors["samples"][i], sample) / TensorAssert.MaxMagnitude(tensors["samples"][i]);
            Assert.IsLessThanOrEqualTo(1e-5, difference, $"{name}, step {i}");
            worst = Math.Max(worst, difference);
        }
        TestContext.WriteLine($"{name}: {worst:g3} of the largest magnitude");

        scheduler.SetTimesteps(scheduler.Timesteps.Count);
        var noised = scheduler.AddNoise(tensors["noised.original"], tensors["noised.noise"], recording.Doubles("noised_timesteps"));
        TensorAssert.Close(tensors["noised"], noised, 1e-5 * TensorAssert.MaxMagnitude(noised), "noised");
    }

    [TestMethod]
    [DataRow("epsilon")]
    [DataRow("v_prediction")]
    public void Steps_OnTheTrueOutput_EndAtTheOriginal(string prediction)
    {
        using var scope = NewDisposeScope();
        var scheduler = new EulerAncestralDiscreteScheduler(new() { PredictionType = prediction, TimestepSpacing = "trailing" });
        scheduler.SetTimesteps(7);
        var original = randn(2, 3, 4);
        var sample = scheduler.AddNoise(original, randn(2, 3, 4), [scheduler.Timesteps[0]]);
        for (var i = 0; i < 7; i++)
        {
            var sigma = scheduler.Sigmas[i];
            var noise = (sample - original).Over(sigma);
            var output = prediction == "epsilon" ? noise : (noise - original.Times(sigma)).Over(Math.Sqrt(sigma * sigma + 1));
            var (next, predicted) = scheduler.Step(output, scheduler.Timesteps[i], sample);
            TensorAssert.Close(original, predicted, 1e-6 * (1 + sigma * sigma), $"step {i}");
            sample = next;
        }
        TensorAssert.Close(original, sample, 1e-5);
    }

    [TestMethod]
    public void Step_WithoutNoise_DrawsOneOfTheGenerator()
    {
        using var scope = NewDisposeScope();
        using var first = new Generator(5);
        using var second = new Generator(5);
        var (output, sample) = (randn(2, 3, dtype: ScalarType.BFloat16), randn(2, 3).Times(9));

        var drawn = Set(4).Step(output, 999, sample, first);
        var given = Set(4).Step(output, 999, sample, noise: randn([2, 3], dtype: ScalarType.BFloat16, generator: second));

        TensorAssert.Same(given.PrevSample, drawn.PrevSample);
        Assert.AreEqual(ScalarType.BFloat16, drawn.PrevSample.dtype);
        Assert.AreEqual(ScalarType.Float32, drawn.PredOriginalSample.dtype);
        Assert.IsGreaterThan(1e-2, TensorAssert.MaxDifference(drawn.PrevSample, Set(4).Step(output, 999, sample, noise: zeros(2, 3)).PrevSample));
    }

    [TestMethod]
    public void ScaleModelInput_BeforeTheFirstStep_HasTheDeviationOfTraining()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        foreach (var spacing in new[] { "trailing", "leading", "linspace" })
        {
            var scheduler = new EulerAncestralDiscreteScheduler(new() { TimestepSpacing = spacing, StepsOffset = 1 });
            using var run = scheduler.BeginRun(ScheduleRequest.Of(5));
            var scaled = run.ScaleModelInput(0, randn([100, 100], generator: generator).Times(scheduler.InitNoiseSigma));
            Assert.AreEqual(1, scaled.std().item<float>(), 0.03);
        }
        // Other schedulers' models take the sample.
        var sample = ones(3);
        using var other = new DDIMScheduler(new()).BeginRun(ScheduleRequest.Of(5));
        TensorAssert.Same(sample, other.ScaleModelInput(0, sample));
    }

    [TestMethod]
    public void Steps_OfARun_LeaveOnlyTheSampleAlive()
    {
        using var sample = randn(2, 3);
        using var run = new EulerAncestralDiscreteScheduler(new()).BeginRun(ScheduleRequest.Of(6));
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 6; i++)
        {
            using var input = run.ScaleModelInput(i, sample);
            using var next = run.Step(i, input, sample);
            Assert.AreEqual(before + 2, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
        Assert.ThrowsExactly<InvalidOperationException>(() => run.ScaleModelInput(5, sample));
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void Step_WithWrongArguments_SaysWhich()
    {
        using var scope = NewDisposeScope();
        var sample = randn(2, 3);
        var scheduler = new EulerAncestralDiscreteScheduler(new());
        Assert.Contains("SetTimesteps", Assert.ThrowsExactly<InvalidOperationException>(() => scheduler.Step(sample, 999, sample)).Message);
        scheduler.SetTimesteps(4);
        Assert.Contains("not one of", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.Step(sample, 998, sample)).Message);
        scheduler.Step(sample, 999, sample);
        Assert.Contains("expected timestep 666 at step 1", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.Step(sample, 999, sample)).Message);
        scheduler.SetTimesteps(4);
        Assert.Contains("[2, 3], found [3]", Assert.ThrowsExactly<ArgumentException>(() => scheduler.Step(sample[0], 999, sample)).Message);
        Assert.ThrowsExactly<ArgumentException>(() => scheduler.Step(sample, 999, sample, noise: sample[0]));
        Assert.ThrowsExactly<ArgumentException>(() => scheduler.AddNoise(sample, sample[0], [999]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.SetTimesteps(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.SetTimesteps(1001));
        Assert.ThrowsExactly<ArgumentException>(() => scheduler.BeginRun(new() { NumInferenceSteps = 3, Mu = 1 }));
    }

    [TestMethod]
    [DataRow("""{"beta_schedule": "cubic"}""", "'cubic'")]
    [DataRow("""{"prediction_type": "flow_prediction"}""", "'flow_prediction'")]
    [DataRow("""{"timestep_spacing": "even"}""", "'even'")]
    [DataRow("""{"trained_betas": [0.5]}""", "1000 trained_betas, found 1")]
    public void FromJson_WithBadValues_NamesThem(string json, string expected) =>
        Assert.Contains(expected, Assert.ThrowsExactly<ArgumentException>(() => EulerAncestralDiscreteScheduler.FromJson(json)).Message);

    [TestMethod]
    public void FromJson_OfPredictedSamples_IsNotSupported() =>
        Assert.ThrowsExactly<NotSupportedException>(() => EulerAncestralDiscreteScheduler.FromJson("""{"prediction_type": "sample"}"""));

    private static EulerAncestralDiscreteScheduler Set(int steps)
    {
        var scheduler = new EulerAncestralDiscreteScheduler(new());
        scheduler.SetTimesteps(steps);
        return scheduler;
    }
}
