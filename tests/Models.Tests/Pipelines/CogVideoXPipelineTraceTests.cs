using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>The pipeline's loop against diffusers' denoising runs: latents after every step.</summary>
[TestClass]
public sealed class CogVideoXPipelineTraceTests
{
    /// <summary>Share of the largest magnitude of a step.</summary>
    private const double Limit = 1e-4;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("cogvideox-2b-tiny", "none_ddim20")]
    [DataRow("cogvideox-2b-tiny", "none_ddim50")]
    [DataRow("cogvideox-2b-tiny", "pab_docs_ddim50")]
    [DataRow("cogvideox-2b-tiny", "pab_s2_nocfg_ddim20")]
    [DataRow("cogvideox-2b-tiny", "fc_callbacks_ddim20")]
    [DataRow("cogvideox-2b-tiny", "fc_docs_ddim50")]
    [DataRow("cogvideox-5b-tiny", "none_ddim20")]
    [DataRow("cogvideox-5b-tiny", "pab_s3_100_950_ddim20")]
    [DataRow("cogvideox-5b-tiny", "fc_docs_ddim20")]
    public void GenerateLatents_AsRecorded_GivesRecordedLatents(string model, string trace)
    {
        using var scope = NewDisposeScope();
        using var folder = new TinyPipelineFolder(model, $"{model}/traces/{trace}.json");
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var recording = Recording.Json(model, "traces", trace + ".json");
        var expected = Recording.Tensors(model, "traces", trace + ".safetensors")["latents"];
        var inputs = Recording.Tensors(model, "traces", recording.GetProperty("inputs_file").GetString()!);
        var call = recording.GetProperty("calls_per_step")[0].GetString();
        var prompt = inputs[$"{call}.encoder_hidden_states"];
        var isGuided = recording.GetProperty("guidance_scale").ValueKind == System.Text.Json.JsonValueKind.Number;
        if (CacheConfigJson.Parse(recording.GetProperty("cache")) is { } config)
            pipeline.Transformer.EnableCache(config);
        var worst = 0.0;
        var steps = 0;

        var latents = pipeline.GenerateLatents(null, new CogVideoXGenerationOptions
        {
            NumInferenceSteps = recording.GetProperty("num_inference_steps").GetInt32(),
            GuidanceScale = isGuided ? recording.GetProperty("guidance_scale").GetDouble() : 1,
            Latents = inputs["initial_latents"],
            PromptEmbeds = isGuided ? prompt[1..2] : prompt,
            NegativePromptEmbeds = isGuided ? prompt[..1] : null,
            OnStepEnd = (step, timestep, latents) =>
            {
                Assert.AreEqual(recording.GetProperty("scheduler").GetProperty("timesteps")[step].GetInt64(), timestep);
                var share = TensorAssert.MaxDifference(expected[step], latents) / TensorAssert.MaxMagnitude(expected[step]);
                worst = Math.Max(worst, share);
                Assert.IsLessThanOrEqualTo(Limit, share, $"step {step}");
                steps++;
            },
        });

        TestContext.WriteLine($"{model}/{trace}: {worst:g3} of the largest magnitude");
        Assert.AreEqual(expected.size(0), steps);
        TensorAssert.Close(expected[-1], latents, Limit * TensorAssert.MaxMagnitude(expected[-1]));
    }
}
