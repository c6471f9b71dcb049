using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class SchedulerRecordingTests
{
    /// <summary>Share of the largest magnitude.</summary>
    private const double Limit = 1e-5;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("cogx_ddim_2b_20")]
    [DataRow("cogx_ddim_2b_30")]
    [DataRow("cogx_ddim_2b_50")]
    [DataRow("cogx_ddim_5b_50")]
    [DataRow("cogx_dpm_2b_20")]
    [DataRow("cogx_dpm_5b_30")]
    [DataRow("cogx_dpm_5b_50")]
    public void Steps_OnRecordedOutputs_GiveRecordedSamples(string name)
    {
        using var scope = NewDisposeScope();
        var recording = Recording.Json("schedulers", name + ".json");
        var tensors = Recording.Tensors("schedulers", name + ".safetensors");
        using var run = TraceScheduler.Begin(recording);
        var sample = tensors["sample.initial"];
        var limit = Limit * TensorAssert.MaxMagnitude(tensors["samples"]);
        var worst = 0.0;

        for (var i = 0; i < run.Timesteps.Count; i++)
        {
            var output = tensors["model_outputs"][i].Times(0.8).Plus(sample.Times(0.3));
            sample = run.Step(i, output, sample, noise: tensors.TryGetValue("step_noise", out var noise) ? noise[i] : null);
            worst = Math.Max(worst, TensorAssert.MaxDifference(tensors["samples"][i], sample));
            TensorAssert.Close(tensors["samples"][i], sample, limit, $"{name}, step {i}");
        }

        TestContext.WriteLine($"{name}: {worst:g3} of {TensorAssert.MaxMagnitude(tensors["samples"]):g3}");
    }

    [TestMethod]
    [DataRow("cogx_ddim_2b_20")]
    [DataRow("cogx_ddim_2b_30")]
    [DataRow("cogx_ddim_2b_50")]
    [DataRow("cogx_ddim_5b_50")]
    [DataRow("cogx_dpm_2b_20")]
    [DataRow("cogx_dpm_5b_30")]
    [DataRow("cogx_dpm_5b_50")]
    public void SetTimesteps_AsRecorded_GivesRecordedTimestepsAndAlphas(string name)
    {
        var recording = Recording.Json("schedulers", name + ".json");

        var scheduler = (AlphaScheduler)TraceScheduler.Create(recording);
        using var run = TraceScheduler.Begin(scheduler, recording);

        CollectionAssert.AreEqual(
            recording.GetProperty("timesteps").EnumerateArray().Select(t => t.GetInt64()).ToArray(), scheduler.Timesteps.ToArray());
        foreach (var alpha in recording.GetProperty("alphas_cumprod_at").EnumerateObject())
            Assert.AreEqual(alpha.Value.GetDouble(), scheduler.AlphasCumprod[int.Parse(alpha.Name)], 1e-13, alpha.Name);
        Assert.AreEqual(recording.GetProperty("final_alpha_cumprod").GetDouble(), scheduler.FinalAlphaCumprod);
        Assert.AreEqual(recording.GetProperty("init_noise_sigma").GetDouble(), scheduler.InitNoiseSigma);
    }
}
