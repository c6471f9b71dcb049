using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Whole denoising runs against diffusers': latents after every step, and which attention ran.</summary>
[TestClass]
public sealed class CogVideoXTraceTests
{
    /// <summary>Share of the largest magnitude of a step.</summary>
    private const double Limit = 1e-4;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("cogvideox-2b-tiny", "none_ddim20")]
    [DataRow("cogvideox-2b-tiny", "none_ddim50")]
    [DataRow("cogvideox-2b-tiny", "pab_all_none_ddim20")]
    [DataRow("cogvideox-2b-tiny", "pab_docs_ddim50")]
    [DataRow("cogvideox-2b-tiny", "pab_s2_block1_only_ddim20")]
    [DataRow("cogvideox-2b-tiny", "pab_s2_nocfg_ddim20")]
    [DataRow("cogvideox-2b-tiny", "pab_s3_100_950_ddim25")]
    [DataRow("cogvideox-2b-tiny", "fc_callbacks_ddim20")]
    [DataRow("cogvideox-2b-tiny", "fc_defaults_ddim20")]
    [DataRow("cogvideox-2b-tiny", "fc_docs_ddim50")]
    [DataRow("cogvideox-2b-tiny", "fc_weight_ranges_ddim20")]
    [DataRow("cogvideox-2b-tiny", "taylor_attn_ddim20")]
    [DataRow("cogvideox-2b-tiny", "taylor_attn_o2_after15_ddim20")]
    [DataRow("cogvideox-2b-tiny", "taylor_lite_ddim20")]
    [DataRow("cogvideox-2b-tiny", "mag_ddim20")]
    [DataRow("cogvideox-2b-tiny", "fbc_ddim20")]
    [DataRow("cogvideox-5b-tiny", "none_ddim20")]
    [DataRow("cogvideox-5b-tiny", "none_dpm20")]
    [DataRow("cogvideox-5b-tiny", "pab_docs_dpm50")]
    [DataRow("cogvideox-5b-tiny", "pab_s3_100_950_ddim20")]
    [DataRow("cogvideox-5b-tiny", "fc_docs_dpm50")]
    [DataRow("cogvideox-5b-tiny", "fc_docs_ddim20")]
    [DataRow("cogvideox-5b-tiny", "fc_test_ddim20")]
    [DataRow("cogvideox-5b-tiny", "mag_ddim20")]
    [DataRow("cogvideox-5b-tiny", "fbc_ddim20")]
    public void Denoising_AsRecorded_GivesRecordedLatentsAndDecisions(string model, string trace)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var transformer = CogVideoXTransformer3DModel.FromPretrained(Recording.PathOf(model, "model"));
        var recording = Recording.Json(model, "traces", trace + ".json");
        var tensors = Recording.Tensors(model, "traces", trace + ".safetensors");
        var inputs = Recording.Tensors(model, "traces", recording.GetProperty("inputs_file").GetString()!);
        double? guidance = recording.GetProperty("guidance_scale") is { ValueKind: JsonValueKind.Number } scale ? scale.GetDouble() : null;
        var call = recording.GetProperty("calls_per_step")[0].GetString();
        using var scheduler = TraceScheduler.Begin(recording.GetProperty("scheduler"));
        var attention = new AttentionCounter(transformer);
        using var run = Begin(transformer, recording, scheduler, guidance is null ? GuidanceLayout.None : GuidanceLayout.Batched);
        var (latents, prompt, rotary) = (
            inputs["initial_latents"], inputs[$"{call}.encoder_hidden_states"], Recording.Rotary(inputs, $"{call}."));
        var worst = 0.0;

        for (var i = 0; i < scheduler.Timesteps.Count; i++)
        {
            attention.Clear();
            var output = transformer.call(
                guidance is null ? latents : cat([latents, latents], dim: 0),
                prompt,
                tensor(Enumerable.Repeat((long)scheduler.Timesteps[i], guidance is null ? 1 : 2).ToArray()),
                null,
                null,
                rotary);
            AssertDecision(recording, i, attention, run);
            if (guidance is { } weight)
            {
                var halves = output.chunk(2, dim: 0);
                output = halves[0].Plus((halves[1] - halves[0]).Times(weight));
            }

            latents = scheduler.Step(i, output, latents, noise: tensors.TryGetValue("step_noise", out var noise) ? noise[i] : null);
            var expected = tensors["latents"][i];
            var share = TensorAssert.MaxDifference(expected, latents) / TensorAssert.MaxMagnitude(expected);
            worst = Math.Max(worst, share);
            Assert.IsTrue(share <= Limit, $"step {i}: differs by {share:g3} of the largest magnitude, limit {Limit:g3}");
        }

        TestContext.WriteLine($"{model}/{trace}: {worst:g3} of the largest magnitude");
    }

    private static CacheRun? Begin(
        CogVideoXTransformer3DModel transformer, JsonElement recording, SchedulerRun scheduler, GuidanceLayout layout)
    {
        if (CacheConfigJson.Parse(recording.GetProperty("cache")) is not { } config)
            return null;
        transformer.EnableCache(config);
        return transformer.BeginRun(scheduler.Timesteps, layout);
    }

    private static void AssertDecision(JsonElement recording, int step, AttentionCounter attention, CacheRun? run)
    {
        RecordedDecisions.Assert(recording, step, attention.Rows, attention.All, run);
        if (run is not null && recording.GetProperty("decisions")[step].TryGetProperty("uncond_skipped", out var skipped) && attention.Rows.Count > 0)
            Assert.AreEqual(skipped.GetBoolean() ? 1 : 2, attention.Rows.Values.First(), $"rows in step {step}");
    }
}
