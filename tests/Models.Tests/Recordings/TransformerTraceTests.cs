using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Whole denoising runs against diffusers': raw output, latents after every step, and which attention ran.</summary>
[TestClass]
public sealed class TransformerTraceTests
{
    /// <summary>Share of the largest magnitude of a step.</summary>
    private const double Limit = 1e-4;

    /// <summary>Of factors that are rounded to bfloat16: the attention kernel alone moves them by more than the other limit.</summary>
    private const double LimitOfHalfFactors = 5e-4;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("latte-tiny", "none_ddim20")]
    [DataRow("latte-tiny", "none_ddimv20")]
    [DataRow("latte-tiny", "pab_cross_only_ddimv20")]
    [DataRow("latte-tiny", "pab_s2_t3_c5_ids_ddimv20")]
    [DataRow("latte-tiny", "pab_s2_t4_c6_default_ids_ddimv20")]
    [DataRow("latte-tiny", "pab_s2_t4_c6_ids_ddimv50")]
    [DataRow("latte-tiny", "pab_temporal_only_ddimv20")]
    [DataRow("latte-tiny", "fc_defaults_ddimv20")]
    [DataRow("latte-tiny", "fc_s2_t3_u5_ddimv50")]
    [DataRow("latte-tiny", "fc_test_ddimv20")]
    [DataRow("wan-tiny", "none_flow20")]
    [DataRow("wan-tiny", "pab_cross_only_nocfg_flow20")]
    [DataRow("wan-tiny", "pab_s2_c5_batched_cfg_flow20")]
    [DataRow("wan-tiny", "fc_distilled_nocfg_flow20")]
    [DataRow("wan-tiny", "fc_distilled_pipeline_cfg_flow20")]
    [DataRow("wan-tiny", "none_unipc20")]
    [DataRow("wan-tiny", "pab_s2_c3_pipeline_cfg_unipc20")]
    [DataRow("wan-tiny", "pab_s2_c5_nocfg_unipc20")]
    [DataRow("wan-tiny", "fc_batched_cfg_unipc20")]
    [DataRow("wan-tiny", "taylor_attn1_flow20")]
    [DataRow("wan-tiny", "mag_pipeline_cfg_flow20")]
    [DataRow("wan-tiny", "fbc_pipeline_cfg_flow20")]
    [DataRow("flux-tiny", "none_flow20")]
    [DataRow("flux-tiny", "none_true_cfg_flow20")]
    [DataRow("flux-tiny", "pab_s2_flow20")]
    [DataRow("flux-tiny", "pab_s3_default_flow28")]
    [DataRow("flux-tiny", "fc_distilled_flow20")]
    [DataRow("flux-tiny", "fc_distilled_s3_ramp_flow28")]
    [DataRow("flux-tiny", "taylor_default_ids_flow28")]
    [DataRow("flux-tiny", "taylor_bf16_factors_flow20")]
    [DataRow("flux-tiny", "taylor_lite_flow20")]
    [DataRow("flux-tiny", "mag_flux_ratios_flow28")]
    [DataRow("flux-tiny", "mag_interp_flow20")]
    [DataRow("flux-tiny", "mag_true_cfg_flow20")]
    [DataRow("flux-tiny", "fbc_flow28")]
    [DataRow("flux-tiny", "fbc_true_cfg_flow20")]
    [DataRow("ltx-tiny", "none_flow20")]
    [DataRow("ltx-tiny", "pab_s2_flow20")]
    [DataRow("ltx-tiny", "fc_distilled_flow20")]
    [DataRow("ltx-tiny", "mag_flow20")]
    [DataRow("ltx-tiny", "fbc_flow20")]
    [DataRow("mochi-tiny", "none_flow20")]
    [DataRow("mochi-tiny", "pab_s2_flow20")]
    [DataRow("mochi-tiny", "fc_flow20")]
    [DataRow("mochi-tiny", "mag_flow20")]
    [DataRow("mochi-tiny", "fbc_flow20")]
    [DataRow("hunyuan-video-tiny", "none_flow20")]
    [DataRow("hunyuan-video-tiny", "pab_s2_flow20")]
    [DataRow("hunyuan-video-tiny", "fc_distilled_flow20")]
    [DataRow("hunyuan-video-tiny", "fbc_flow20")]
    [DataRow("hunyuan-video-tiny", "taylor_default_ids_flow20")]
    [DataRow("hunyuan-video-tiny", "mag_flow20")]
    [DataRow("allegro-tiny", "none_ddim20")]
    [DataRow("allegro-tiny", "none_ddimv20")]
    [DataRow("allegro-tiny", "pab_s2_c4_ddimv20")]
    [DataRow("allegro-tiny", "fc_ddimv20")]
    public void Denoising_AsRecorded_GivesRecordedLatentsAndDecisions(string model, string trace)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var transformer = RecordedTransformer.Load(model);
        var recording = Recording.Json(model, "traces", trace + ".json");
        var tensors = Recording.Tensors(model, "traces", trace + ".safetensors");
        var inputs = Recording.Tensors(model, "traces", recording.GetProperty("inputs_file").GetString()!);
        double? guidance = recording.GetProperty("guidance_scale") is { ValueKind: JsonValueKind.Number } scale
            ? scale.GetDouble()
            : null;
        string[] calls = [.. recording.GetProperty("calls_per_step").EnumerateArray().Select(call => call.GetString()!)];
        double[] modelTimesteps = [.. recording.GetProperty("model_timestep").EnumerateArray().Select(t => t.GetDouble())];
        var kept = recording.GetProperty("noise_pred_steps").EnumerateArray().Select(step => step.GetInt32()).ToList();
        using var scheduler = TraceScheduler.Begin(recording.GetProperty("scheduler"));
        var attention = new AttentionCounter(transformer.Module);
        using var run = Begin(transformer.Cache, recording, scheduler, calls.Length, guidance is not null);
        var latents = inputs["initial_latents"];
        var worst = 0.0;
        var limit = trace.StartsWith("taylor_bf16_factors", StringComparison.Ordinal) ? LimitOfHalfFactors : Limit;

        for (var step = 0; step < scheduler.Timesteps.Count; step++)
        {
            var outputs = new List<Tensor>();
            foreach (var (index, call) in calls.Index())
            {
                attention.Clear();
                var batch = guidance is not null && calls.Length == 1 ? cat([latents, latents], dim: 0) : latents;
                var arguments = inputs
                    .Where(entry => entry.Key.StartsWith(call + '.', StringComparison.Ordinal))
                    .ToDictionary(entry => entry.Key[(call.Length + 1)..], entry => entry.Value);
                arguments["hidden_states"] = batch;
                arguments["timestep"] = TensorArithmetic.Full([batch.size(0)], modelTimesteps[step], ScalarType.Float32);
                using (transformer.Cache.CacheContext(call))
                    outputs.Add(transformer.Forward(arguments, Recording.Scalars(model, Path.Combine("traces", trace + ".json"), call)));
                RecordedDecisions.Assert(recording, step * calls.Length + index, attention.Rows, attention.All, run);
                if (kept.IndexOf(step) is >= 0 and var position)
                    worst = Math.Max(worst, Share(tensors[$"noise_pred.{call}"][position], outputs[^1], $"{call} in step {step}", limit));
            }

            Tensor[] halves = calls.Length == 1 ? outputs[0].chunk(2, dim: 0) : [outputs[1], outputs[0]];
            var guided = guidance is { } weight ? halves[0].Plus((halves[1] - halves[0]).Times(weight)) : outputs[0];
            // Latte's learned variance is dropped.
            latents = scheduler.Step(step, guided.narrow(1, 0, latents.size(1)), latents);
            worst = Math.Max(worst, Share(tensors["latents"][step], latents, $"latents of step {step}", limit));
        }

        TestContext.WriteLine($"{model}/{trace}: {worst:g3} of the largest magnitude");
    }

    private static double Share(Tensor expected, Tensor actual, string what, double limit)
    {
        var share = TensorAssert.MaxDifference(expected, actual) / TensorAssert.MaxMagnitude(expected);
        Assert.IsTrue(share <= limit, $"{what}: differs by {share:g3} of the largest magnitude, limit {limit:g3}");
        return share;
    }

    private static CacheRun? Begin(ICacheableModel model, JsonElement recording, SchedulerRun scheduler, int calls, bool guided)
    {
        if (CacheConfigJson.Parse(recording.GetProperty("cache")) is not { } config)
            return null;
        // diffusers' hooks of these two methods keep one state for all calls of a step.
        model.EnableCache(config with { ShareStateAcrossContexts = calls > 1 && config is (PyramidAttentionBroadcastConfig or FasterCacheConfig) });
        var layout = calls > 1 ? GuidanceLayout.Sequential : guided ? GuidanceLayout.Batched : GuidanceLayout.None;
        // Mochi counts up.
        var falls = recording.GetProperty("current_timestep").GetString() == "t";
        return model.BeginRun([.. scheduler.Timesteps.Select(timestep => falls ? timestep : 1000 - timestep)], layout);
    }
}
