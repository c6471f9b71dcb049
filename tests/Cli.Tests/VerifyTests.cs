using System.Text.Json.Nodes;

namespace Afterimage.Cli.Tests;

[TestClass]
public class VerifyTests
{
    [TestMethod]
    [DataRow("cogvideox-2b-tiny")]
    [DataRow("cogvideox-5b-tiny")]
    [DataRow("ltx-tiny")]
    [DataRow("mochi-tiny")]
    [DataRow("hunyuan-video-tiny")]
    [DataRow("allegro-tiny")]
    [DataRow("wan-tiny")]
    [DataRow("wan-i2v-tiny")]
    [DataRow("wan-flf-tiny")]
    [DataRow("wan-image-tiny")]
    [DataRow("wan-ti2v-tiny")]
    [DataRow("vae-cogvideox-tiny")]
    [DataRow("vae-kl-tiny")]
    [DataRow("vae-kl-sd-tiny")]
    [DataRow("vae-wan-tiny")]
    [DataRow("vae-wan22-tiny")]
    [DataRow("vae-allegro-tiny")]
    [DataRow("vae-ltx-tiny")]
    [DataRow("vae-ltx091-tiny")]
    [DataRow("vae-hunyuan-tiny")]
    [DataRow("vae-mochi-tiny")]
    [DataRow("pipeline-cogvideox-tiny")]
    [DataRow("pipeline-cogvideox-i2v-tiny")]
    [DataRow("pipeline-flux-tiny")]
    [DataRow("pipeline-latte-tiny")]
    [DataRow("pipeline-ltx-tiny")]
    [DataRow("pipeline-wan-tiny")]
    [DataRow("pipeline-wan-i2v-tiny")]
    [DataRow("pipeline-wan-flf-tiny")]
    [DataRow("pipeline-wan22-i2v-tiny")]
    [DataRow("pipeline-wan22-ti2v-tiny")]
    [DataRow("pipeline-wan22-t2v-tiny")]
    [DataRow("t5-v1_1-tiny")]
    [DataRow("t5-relu-tiny")]
    [DataRow("umt5-tiny")]
    [DataRow("clip-text-tiny")]
    [DataRow("clip-vision-tiny")]
    [DataRow("clip-vision-gelu-tiny")]
    [DataRow("clip-vision-shallow-tiny")]
    [DataRow("fastercache-frequency")]
    [DataRow("schedulers")]
    public void Verify_RecordingsOfDiffusers_Pass(string name)
    {
        var result = Tool.Run("verify", Path.Combine(Tool.Goldens, name), "--json");
        result.AssertExit(0);
        foreach (var check in result.Json.EnumerateArray())
        {
            Assert.AreEqual("passed", check.GetProperty("status").GetString(), check.ToString());
            Assert.IsGreaterThan(0, check.GetProperty("differences").GetArrayLength());
        }
    }

    [TestMethod]
    [DataRow("cogvideox-2b-tiny", "float16")]
    [DataRow("cogvideox-5b-tiny", "bfloat16")]
    [DataRow("vae-cogvideox-tiny", "bfloat16")]
    [DataRow("t5-v1_1-tiny", "float16")]
    [DataRow("clip-text-tiny", "bfloat16")]
    [DataRow("clip-vision-tiny", "float16")]
    public void Verify_InHalfPrecision_StaysWithinItsTolerance(string name, string dtype)
    {
        var result = Tool.Run("verify", Path.Combine(Tool.Goldens, name), "--json", "--dtype", dtype);
        result.AssertExit(0);
        foreach (var check in result.Json.EnumerateArray().Where(check => check.TryGetProperty("decisions", out _)))
            Assert.AreEqual("equal", check.GetProperty("decisions").GetString());
    }

    [TestMethod]
    public void Verify_OneTrace_ComparesNothingElse()
    {
        var result = Tool.Run("verify", Path.Combine(Tool.Goldens, "cogvideox-2b-tiny"), "--trace", "none_ddim20", "--json");
        result.AssertExit(0);
        Assert.AreEqual("traces/none_ddim20", result.Json.EnumerateArray().Single().GetProperty("name").GetString());
    }

    [TestMethod]
    public void Verify_OtherDecisionRecorded_NamesStepAndModule()
    {
        var folder = Spoiled("pab_docs_ddim50", trace => trace["decisions"]![21]!["modules"] = "CC");
        var result = Tool.Run("verify", folder, "--trace", "pab_docs_ddim50", "--json");
        result.AssertExit(1);
        var decisions = result.Json[0].GetProperty("decisions").GetString()!;
        Assert.Contains("step 21", decisions);
        Assert.Contains("transformer_blocks.0.attn1", decisions);
    }

    [TestMethod]
    public void Verify_OtherCacheThanRecorded_FailsOnTheTensors()
    {
        // The recorded decisions stay out of it: the trace says it had no cache to decide anything.
        var folder = Spoiled("pab_docs_ddim50", trace => trace["cache"] = null);
        var result = Tool.Run("verify", folder, "--trace", "pab_docs_ddim50", "--json");
        result.AssertExit(1);
        var latents = result.Json[0].GetProperty("differences")[1];
        Assert.IsGreaterThan(latents.GetProperty("limit").GetDouble(), latents.GetProperty("largest").GetDouble());
    }

    [TestMethod]
    public void Verify_MethodNotHere_IsPassedOverOnlyWhenAsked()
    {
        var folder = Spoiled("pab_docs_ddim50", trace => trace["cache"]!["type"] = "AnotherCache");
        Assert.AreEqual(3, Tool.Run("verify", folder).ExitCode);
        var skipped = Tool.Run("verify", folder, "--skip-unsupported");
        skipped.AssertExit(0);
        Assert.Contains("AnotherCache", skipped.Output);
        Assert.AreEqual(3, Tool.Run("verify", folder, "--trace", "pab_docs_ddim50", "--skip-unsupported").ExitCode, "nothing was compared");
    }

    [TestMethod]
    public void Verify_ModelNotHere_SaysSo()
    {
        var folder = Tool.Copy("cogvideox-2b-tiny");
        Directory.Delete(Path.Combine(folder, "traces"), recursive: true);
        Edit(Path.Combine(folder, "forward.json"), forward => forward["model_class"] = "AnotherTransformer");
        var result = Tool.Run("verify", folder, "--skip-unsupported");
        result.AssertExit(3);
        Assert.Contains("AnotherTransformer", result.Output);
    }

    [TestMethod]
    public void Verify_TextEncoderNotHere_SaysSo()
    {
        var folder = Tool.Copy("t5-relu-tiny");
        Edit(Path.Combine(folder, "model", "config.json"), config => config["model_type"] = "llama");
        var result = Tool.Run("verify", folder);
        result.AssertExit(3);
        Assert.Contains("llama", result.Output);
    }

    [TestMethod]
    public void Verify_TruncatedWeights_FailsWithTheFile()
    {
        var folder = Tool.Copy("cogvideox-2b-tiny");
        var weights = Path.Combine(folder, "model", "diffusion_pytorch_model.safetensors");
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..5000]);
        var result = Tool.Run("verify", folder, "--trace", "none_ddim20", "--json");
        result.AssertExit(1);
        Assert.Contains("diffusion_pytorch_model.safetensors", result.Json[0].GetProperty("detail").GetString()!);
    }

    [TestMethod]
    public void Verify_TraceWithoutAnEntry_FailsThatTraceOnly()
    {
        var folder = Spoiled("pab_docs_ddim50", trace => trace.AsObject().Remove("decisions"));
        var result = Tool.Run("verify", folder, "--json");
        result.AssertExit(1);
        var failed = result.Json.EnumerateArray().Single(check => check.GetProperty("status").GetString() == "failed");
        Assert.AreEqual("traces/pab_docs_ddim50", failed.GetProperty("name").GetString());
    }

    [TestMethod]
    public void Verify_UnknownTrace_ListsThoseThereAre() =>
        Tool.Run("verify", Path.Combine(Tool.Goldens, "cogvideox-2b-tiny"), "--trace", "nothing").AssertError(1, "nothing", "none_ddim20");

    [TestMethod]
    public void Verify_NoFolder_IsOneLine() => Tool.Run("verify", "no-such-folder").AssertError(1, "no-such-folder");

    [TestMethod]
    public void Verify_FolderOfSomethingElse_SaysWhatItExpects() => Tool.Run("verify", AppContext.BaseDirectory).AssertError(1, "model/config.json");

    [TestMethod]
    public void Verify_Self_ComparesEveryModelWithItsBody()
    {
        var result = Tool.Run("verify", "--self", Tool.Goldens, "--json");
        result.AssertExit(0);
        string[] models = [.. result.Json.EnumerateArray().Select(model => model.GetProperty("model").GetString()!)];
        foreach (var name in new[] { "CogVideoXTransformer3DModel", "FluxTransformer2DModel", "LatteTransformer3DModel", "LTXVideoTransformer3DModel", "MochiTransformer3DModel", "WanTransformer3DModel" })
            Assert.Contains(name, models);
        foreach (var model in result.Json.EnumerateArray())
        {
            var comparisons = model.GetProperty("report").GetProperty("comparisons").EnumerateArray().ToArray();
            Assert.IsGreaterThanOrEqualTo(5, comparisons.Length);
            Assert.IsTrue(comparisons.All(comparison => comparison.GetProperty("fault").GetString() == "none"), model.ToString());
            Assert.IsGreaterThan(0, comparisons[^1].GetProperty("reused").GetArrayLength());
        }
    }

    [TestMethod]
    public void Verify_SelfOfOneModel_PrintsATable()
    {
        var result = Tool.Run("verify", "--self", Path.Combine(Tool.Goldens, "wan-tiny"), "--seed", "7", "--dtype", "bfloat16");
        result.AssertExit(0);
        Assert.Contains("a run that reuses all", result.Output);
        Assert.Contains("1 of 1 models passed", result.Output);
    }

    [TestMethod]
    [DataRow(2, "--trace does not go with --self", "--self", "x", "--trace", "y")]
    [DataRow(2, "--skip-unsupported does not go with --self", "--self", "x", "--skip-unsupported")]
    [DataRow(2, "--seed needs --self", "x", "--seed", "3")]
    [DataRow(1, "no-such-folder", "--self", "no-such-folder")]
    public void Verify_SelfThatCannotBe_SaysWhy(int code, string message, params string[] arguments) =>
        Tool.Run(["verify", .. arguments]).AssertError(code, message);

    private static string Spoiled(string trace, Action<JsonNode> change)
    {
        var folder = Tool.Copy("cogvideox-2b-tiny");
        Edit(Path.Combine(folder, "traces", trace + ".json"), change);
        return folder;
    }

    private static void Edit(string path, Action<JsonNode> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }
}
