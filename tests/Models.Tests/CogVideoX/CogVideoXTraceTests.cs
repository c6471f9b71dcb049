using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class CogVideoXTraceTests
{
    /// <summary>Share of the largest magnitude of a step.</summary>
    private const double Limit = 1e-4;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("cogvideox-2b-tiny", "none_ddim20")]
    [DataRow("cogvideox-2b-tiny", "none_ddim50")]
    [DataRow("cogvideox-5b-tiny", "none_ddim20")]
    [DataRow("cogvideox-5b-tiny", "none_dpm20")]
    public void Denoising_WithoutCache_GivesRecordedLatents(string model, string trace)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var transformer = CogVideoXTransformer3DModel.FromPretrained(Recording.PathOf(model, "model"));
        var recording = Recording.Json(model, "traces", trace + ".json");
        var tensors = Recording.Tensors(model, "traces", trace + ".safetensors");
        var inputs = Recording.Tensors(model, "traces", recording.GetProperty("inputs_file").GetString()!);
        var guidance = recording.GetProperty("guidance_scale").GetDouble();
        var scheduler = SchedulerRun.Create(recording.GetProperty("scheduler"));
        var run = new SchedulerRun(scheduler);
        var (latents, prompt, rotary) = (
            inputs["initial_latents"], inputs["cond_uncond.encoder_hidden_states"], Recording.Rotary(inputs, "cond_uncond."));
        var worst = 0.0;

        for (var i = 0; i < scheduler.Timesteps.Count; i++)
        {
            var timestep = tensor(new[] { scheduler.Timesteps[i], scheduler.Timesteps[i] });
            var halves = transformer.call(cat([latents, latents], dim: 0), prompt, timestep, null, null, rotary).chunk(2, dim: 0);
            var guided = halves[0] + guidance * (halves[1] - halves[0]);
            latents = run.Step(guided, i, latents, tensors.TryGetValue("step_noise", out var noise) ? noise[i] : null);
            var expected = tensors["latents"][i];
            var share = TensorAssert.MaxDifference(expected, latents) / TensorAssert.MaxMagnitude(expected);
            worst = Math.Max(worst, share);
            Assert.IsTrue(share <= Limit, $"step {i}: differs by {share:g3} of the largest magnitude, limit {Limit:g3}");
        }

        TestContext.WriteLine($"{model}/{trace}: {worst:g3} of the largest magnitude");
    }
}
