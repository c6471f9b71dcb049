using System.Text.Json;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class FlowMatchRecordingTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("flow_flux_seq1024_28")]
    [DataRow("flow_flux_seq24_20")]
    [DataRow("flow_flux_seq4096_50")]
    [DataRow("flow_ltx_seq2000_40")]
    [DataRow("flow_ltx_seq72_20")]
    [DataRow("flow_mochi_20")]
    [DataRow("flow_mochi_64")]
    [DataRow("flow_shift1_20")]
    [DataRow("flow_shift3_20")]
    [DataRow("flow_shift7_30")]
    [DataRow("flow_shift7_hunyuan_20")]
    public void Steps_OnRecordedOutputs_GiveRecordedSamples(string name)
    {
        var recording = SchedulerReplay.Of(name);
        var arguments = recording.GetProperty("set_timesteps");
        var scheduler = FlowMatchEulerDiscreteScheduler.FromJson(recording.Config());
        if (arguments.TryGetProperty("image_seq_len", out var length))
            Assert.AreEqual(arguments.GetProperty("mu").GetDouble(), scheduler.CalculateShift(length.GetInt32()));

        scheduler.SetTimesteps(
            Find("num_inference_steps")?.GetInt32(),
            Find("sigmas") is null ? null : arguments.Doubles("sigmas"),
            Find("mu")?.GetDouble());

        CollectionAssert.AreEqual(recording.Doubles("timesteps"), scheduler.Timesteps.ToArray());
        CollectionAssert.AreEqual(recording.Doubles("sigmas"), scheduler.Sigmas.Select(sigma => (double)sigma).ToArray());
        var worst = SchedulerReplay.Compare(name, (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample));
        TestContext.WriteLine($"{name}: {worst:p0} of the limit");

        JsonElement? Find(string argument) => arguments.TryGetProperty(argument, out var value) ? value : null;
    }
}
