using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class UniPCRefusalTests
{
    private static readonly UniPCMultistepSchedulerConfig Flow = new() { UseFlowSigmas = true, PredictionType = "flow_prediction" };

    [TestMethod]
    public void Step_WithWrongArguments_SaysWhich()
    {
        using var scope = NewDisposeScope();
        var sample = randn(2, 3);
        using var scheduler = new UniPCMultistepScheduler(Flow);

        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => scheduler.Step(sample, 999, sample)).Message, "SetTimesteps");
        scheduler.SetTimesteps(sigmas: [0.75, 0.5]);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.Step(sample, 1, sample)).Message, "not one of");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => scheduler.Step(sample[0], 750, sample)).Message, "[2, 3], found [3]");
        Assert.ThrowsExactly<ArgumentException>(() => scheduler.AddNoise(sample, sample[0], [750]));
        scheduler.Step(sample, 750, sample);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.Step(sample, 750, sample)).Message,
            "expected timestep 500 at step 1");
        Assert.ThrowsExactly<ArgumentException>(() => scheduler.Step(sample[0], 500, sample[0]));
        scheduler.Step(sample, 500, sample);
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => scheduler.Step(sample, 500, sample)).Message, "all 2 steps");
    }

    [TestMethod]
    public void SetTimesteps_WithWrongArguments_SaysWhich()
    {
        using var flow = new UniPCMultistepScheduler(Flow);
        using var dynamic = new UniPCMultistepScheduler(Flow with { UseDynamicShifting = true });
        using var plain = new UniPCMultistepScheduler(new());

        StringAssert.Contains(Refused(() => dynamic.SetTimesteps(5)), "needs mu");
        StringAssert.Contains(Refused(() => plain.SetTimesteps(sigmas: [1])), "use_flow_sigmas");
        StringAssert.Contains(Refused(() => flow.SetTimesteps()), "number of steps");
        StringAssert.Contains(Refused(() => flow.SetTimesteps(2, sigmas: [1])), "expected 2 sigmas, found 1");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => flow.SetTimesteps(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => plain.SetTimesteps(1000));

        static string Refused(Action action) => Assert.ThrowsExactly<ArgumentException>(action).Message;
    }

    [TestMethod]
    [DataRow("""{"prediction_type": "noise"}""", "'noise'")]
    [DataRow("""{"solver_type": "bh3"}""", "'bh3'")]
    [DataRow("""{"final_sigmas_type": "one"}""", "'one'")]
    [DataRow("""{"time_shift_type": "cubic"}""", "'cubic'")]
    [DataRow("""{"beta_schedule": "cubic"}""", "'cubic'")]
    [DataRow("""{"solver_order": 0}""", "solver_order of 1 or more")]
    [DataRow("""{"flow_shift": 0}""", "flow_shift above 0")]
    [DataRow("""{"shift_terminal": 0.1}""", "needs use_flow_sigmas")]
    [DataRow("""{"prediction_type": "flow_prediction", "predict_x0": false}""", "needs predict_x0")]
    [DataRow("""{"predict_x0": false}""", "'sigma_min'")]
    [DataRow("""{"lower_order_final": false}""", "'sigma_min'")]
    [DataRow("""{"use_karras_sigmas": true, "use_exponential_sigmas": true}""", "at most one")]
    public void FromJson_WithBadValues_NamesThem(string json, string expected) => StringAssert.Contains(
        Assert.ThrowsExactly<ArgumentException>(() => UniPCMultistepScheduler.FromJson(json)).Message, expected);

    [TestMethod]
    [DataRow("""{"use_beta_sigmas": true}""", "beta distribution")]
    [DataRow("""{"solver_p": {"_class_name": "DDIMScheduler"}}""", "solver_p")]
    [DataRow("""{"use_exponential_sigmas": true, "use_flow_sigmas": true}""", "use_exponential_sigmas with use_flow_sigmas")]
    public void FromJson_OfWhatIsNotHere_SaysSo(string json, string expected) => StringAssert.Contains(
        Assert.ThrowsExactly<NotSupportedException>(() => UniPCMultistepScheduler.FromJson(json)).Message, expected);
}
