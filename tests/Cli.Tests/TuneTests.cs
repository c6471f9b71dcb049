using Afterimage.Models.Tests;
using Afterimage.Tuning;

namespace Afterimage.Cli.Tests;

/// <summary>From nothing to a tuned plan that generates, with a pipeline of tiny parts.</summary>
[TestClass]
public class TuneTests
{
    private static readonly string[] s_quick = ["--steps", "8", "--dtype", "float32", "--frames", "5", "--guidance-scale", "2"];

    private static TinyPipelineFolder s_model = null!;
    private static string s_out = null!;
    private static Tool.Result s_calibrated = null!;

    [ClassInitialize]
    public static void MakePipeline(TestContext context)
    {
        s_model = new TinyPipelineFolder();
        s_out = Directory.CreateTempSubdirectory("afterimage-tune-").FullName;
        File.WriteAllText(At("prompts.txt"), "an otter\na blue square\n");
        File.WriteAllText(At("others.txt"), "a red circle moving left\ntwo green triangles\n");
        s_calibrated = Tool.Run(["calibrate", s_model.Path, "--prompts", At("prompts.txt"), "--out", At("tiny.calibration.json"), .. s_quick]);
    }

    [ClassCleanup]
    public static void CleanUp()
    {
        s_model.Dispose();
        Directory.Delete(s_out, recursive: true);
    }

    [TestMethod]
    public void Calibrate_WritesAndSaysWhatItFound()
    {
        s_calibrated.AssertExit(0);
        Assert.Contains("films of 8 steps, about", s_calibrated.Output);
        Assert.Contains("BlockStack", s_calibrated.Output);
        Assert.Contains("R²", s_calibrated.Output);
        Assert.IsFalse(File.Exists(At("tiny.calibration.json.work")));
        Assert.AreEqual(2, CacheCalibration.Load(At("tiny.calibration.json")).Prompts);
    }

    [TestMethod]
    public void Tune_WritesPlans_ThatGenerateRuns()
    {
        var result = Tune("--cache", "pab", "--rank", "5");
        result.AssertExit(0);
        Assert.Contains("plans are measured on 2 prompts", result.Output);
        Assert.Contains("Spearman", result.Output);
        var report = File.ReadAllText(At("tuned.md"));
        Assert.Contains("| pab | ", report);
        Assert.Contains("afterimage tune ", report);
        Assert.EndsWith("</svg>\n", File.ReadAllText(At("tuned.svg")));
        Assert.IsFalse(File.Exists(At("tuned.tune.work")));
        var plan = Directory.GetFiles(s_out, "tuned-*.plan.json")[0];

        Generate(plan, s_quick).AssertExit(0);
        // The rest of what there is knows it as well.
        Tool.Run("plan", s_model.Path, "--cache", plan, "--steps", "8").AssertExit(0);
        Assert.Contains("carried over", Generate(plan, [.. s_quick, "--steps", "6", "--carry-over"]).Output);
        var refused = Generate(plan, [.. s_quick, "--steps", "6"]);
        refused.AssertError(1);
        Assert.Contains("8 timesteps", refused.Errors);
        Generate("pab", [.. s_quick, "--carry-over"]).AssertError(2);
        Assert.Contains("says of every site", Generate($"{plan}+pab", s_quick).Errors);
    }

    [TestMethod]
    public void Tune_WithAnothersCalibration_IsRefused()
    {
        var result = Tool.Run(["tune", s_model.Path, "--calibration", At("tiny.calibration.json"), "--prompts", At("others.txt"), "--out", At("foreign"), .. Last([.. s_quick, "--steps", "9"])]);
        result.AssertError(1);
        Assert.Contains("calibrate anew", result.Errors);
        Assert.IsEmpty(Directory.GetFiles(s_out, "foreign*"));
    }

    [TestMethod]
    public void Tune_OfPromptsWithoutACalibration_IsRefused()
    {
        var result = Tool.Run(["tune", s_model.Path, "--calibration", At("none.calibration.json"), "--prompts", At("others.txt"), "--out", At("none"), .. s_quick]);
        result.AssertError(1);
        Assert.Contains("afterimage calibrate", result.Errors);
    }

    [TestMethod]
    [DataRow("--bytes", "much", 1, "2GiB")]
    [DataRow("--speedup", "0.5", 2, "--speedup")]
    [DataRow("--speedup", "1", 1, "above 1")]
    [DataRow("--psnr", "120", 1, "100")]
    public void Tune_OfAnImpossibleGoal_IsRefused(string option, string value, int code, string says)
    {
        var result = Tool.Run(["tune", s_model.Path, option, value, "--out", At("impossible"), .. s_quick]);
        result.AssertError(code);
        Assert.Contains(says, result.Errors);
    }

    [TestMethod]
    [DataRow("2GiB", 2L << 30)]
    [DataRow("1.5 MiB", 3L << 19)]
    [DataRow("300KiB", 300L << 10)]
    [DataRow("65536", 65536L)]
    public void ByteSize_IsReadWithItsUnit(string text, long bytes) => Assert.AreEqual(bytes, ByteSize.Parse(text));

    [TestMethod]
    [DataRow("")]
    [DataRow("2GB")]
    [DataRow("-1MiB")]
    [DataRow("1,5GiB")]
    [DataRow("0")]
    public void ByteSize_OfSomethingElse_IsRefused(string text) => Assert.ThrowsExactly<ArgumentException>(() => ByteSize.Parse(text));

    private static string At(string name) => Path.Combine(s_out, name);

    private static Tool.Result Tune(params string[] more) => Tool.Run([
        "tune", s_model.Path, "--calibration", At("tiny.calibration.json"), "--prompts", At("others.txt"), "--out", At("tuned"), .. s_quick, .. more]);

    private static Tool.Result Generate(string cache, string[] options) => Tool.Run([
        "generate", s_model.Path, "an otter", "--cache", cache, "--out", At("film.webp"), .. Last(options)]);

    /// <summary>An option that is given twice counts the last time.</summary>
    private static IEnumerable<string> Last(string[] options)
    {
        var steps = Array.LastIndexOf(options, "--steps");
        return options.Where((_, i) => !(options[i] == "--steps" && i != steps) && !(i > 0 && options[i - 1] == "--steps" && i - 1 != steps));
    }
}
