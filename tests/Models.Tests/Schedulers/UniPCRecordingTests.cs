namespace Afterimage.Models.Tests;

[TestClass]
public sealed class UniPCRecordingTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("unipc_flow3_20")]
    [DataRow("unipc_flow3_5")]
    [DataRow("unipc_flow3_bh1_sigma_min_20")]
    [DataRow("unipc_flow3_order3_20")]
    [DataRow("unipc_flow5_50")]
    public void Steps_OnRecordedOutputs_GiveRecordedSamples(string name)
    {
        var recording = SchedulerReplay.Of(name);
        using var scheduler = UniPCMultistepScheduler.FromJson(recording.Config());

        scheduler.SetTimesteps(recording.GetProperty("set_timesteps").GetProperty("num_inference_steps").GetInt32());

        CollectionAssert.AreEqual(recording.Doubles("timesteps"), scheduler.Timesteps.Select(t => (double)t).ToArray());
        CollectionAssert.AreEqual(recording.Doubles("sigmas"), scheduler.Sigmas.Select(sigma => (double)sigma).ToArray());
        Assert.AreEqual(recording.GetProperty("init_noise_sigma").GetDouble(), scheduler.InitNoiseSigma);
        var worst = SchedulerReplay.Compare(name, (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample));
        TestContext.WriteLine($"{name}: {worst:p0} of the limit");
    }

    [TestMethod]
    public void SetTimesteps_AfterARun_BeginsAnother()
    {
        const string Name = "unipc_flow3_order3_20";
        using var scheduler = UniPCMultistepScheduler.FromJson(SchedulerReplay.Of(Name).Config());
        for (var run = 0; run < 2; run++)
        {
            scheduler.SetTimesteps(20);
            SchedulerReplay.Compare(Name, (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample));
        }
    }
}
