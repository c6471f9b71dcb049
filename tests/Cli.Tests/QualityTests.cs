using Afterimage.Models.Tests;

namespace Afterimage.Cli.Tests;

[TestClass]
public class QualityTests
{
    private static readonly string[] s_quick = ["--steps", "4", "--dtype", "float32", "--frames", "1", "--guidance-scale", "2"];

    private static TinyPipelineFolder s_model = null!;
    private string _out = null!;

    [ClassInitialize]
    public static void MakePipeline(TestContext context)
    {
        s_model = new TinyPipelineFolder();
    }

    [ClassCleanup]
    public static void CleanUp() => s_model.Dispose();

    [TestInitialize]
    public void MakeOut() => _out = Directory.CreateTempSubdirectory("afterimage-quality-").FullName;

    [TestCleanup]
    public void DeleteOut() => Directory.Delete(_out, recursive: true);

    [TestMethod]
    public void Quality_PromptsAndCaches_AreReported()
    {
        File.WriteAllText(At("prompts.txt"), "a red circle moving left\n\nan otter\n");
        Directory.CreateDirectory(At("caches"));
        File.WriteAllText(
            At("caches/often.json"), """{"type": "PyramidAttentionBroadcast", "config": {"spatial_attention_block_skip_range": 3}}""");
        var result = Quality("--prompts", At("prompts.txt"), "--cache", "pab", "--cache", At("caches"), "--picture", At("quality.png"));

        result.AssertExit(0);
        var report = File.ReadAllText(At("quality.md"));
        string[] rows = [.. report.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal))];
        StringAssert.StartsWith(rows[1], "| 0 | none | 1.00× | – | – | ");
        StringAssert.StartsWith(rows[2], "| 1 | pab | ");
        StringAssert.StartsWith(rows[3], "| 2 | often | ");
        StringAssert.StartsWith(rows[5], "| a red circle moving left | ");
        StringAssert.StartsWith(rows[6], "| an otter | – | ", "names no shape");
        Assert.Contains("![A frame of 2 films with each cache](quality.png)", report);
        Assert.Contains("afterimage quality ", report);
        Assert.Contains("Start with", result.Output);
        CollectionAssert.AreEqual(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' }, File.ReadAllBytes(At("quality.png"))[..4]);
    }

    [TestMethod]
    public void Quality_CacheThatSkipsNothing_IsNotRecommended()
    {
        File.WriteAllText(At("prompts.txt"), "an otter\n");
        File.WriteAllText(At("idle.json"), """{"type": "PyramidAttentionBroadcast", "config": {"spatial_attention_block_skip_range": 1}}""");
        var result = Quality("--prompts", At("prompts.txt"), "--cache", At("idle.json"));
        result.AssertExit(0);
        Assert.Contains("none of these skipped anything", result.Output);
        Assert.Contains("3 times each", File.ReadAllText(At("quality.md")));
        Assert.DoesNotContain("as fast, ", result.Output);
    }

    [TestMethod]
    public void Quality_FilmsThatAreNoNumbers_EndInOneLineWithoutAReport()
    {
        using var model = new TinyPipelineFolder();
        SpoiledWeights.Write(model["transformer/diffusion_pytorch_model.safetensors"], "proj_out.weight");
        File.WriteAllText(At("prompts.txt"), "an otter\n");
        var result = Tool.Run(["quality", model.Path, "--out", At("quality.md"), "--prompts", At("prompts.txt"), "--cache", "pab", .. s_quick]);
        result.AssertError(1);
        Assert.IsFalse(File.Exists(At("quality.md")));
        Assert.DoesNotContain("SSIM", result.Output);
    }

    [TestMethod]
    public void Quality_StoppedOnTheWay_GoesOnFromThereWithTheSameSettingsOnly()
    {
        File.WriteAllText(At("prompts.txt"), "an otter\na red circle moving left\n");
        string[] arguments = ["quality", s_model.Path, "--out", At("quality.md"), "--prompts", At("prompts.txt"), "--cache", "pab", "--picture", At("p.png"), .. s_quick];
        var state = At("quality.work/work.json");
        using (var process = Tool.Start(arguments))
        {
            var errors = process.StandardError.ReadToEndAsync();
            // Between two films, as soon as one is kept.
            while (!File.Exists(state) && !process.HasExited)
                Thread.Sleep(1);
            using (var kill = System.Diagnostics.Process.Start("kill", ["-TERM", $"{process.Id}"]))
                kill.WaitForExit();
            process.WaitForExit();
            // Faster than the signal it may have been.
            if (process.ExitCode == 0)
                Assert.Inconclusive("it was done before it could be stopped");
            Assert.AreEqual(130, process.ExitCode, errors.Result);
            Assert.Contains("the same command goes on from there", errors.Result);
        }
        Assert.IsFalse(File.Exists(At("quality.md")));
        var kept = File.ReadAllText(state);

        Tool.Run([.. arguments, "--seed", "7"]).AssertError(1, "unfinished work with other settings", "seed 0 there, 7 here", "another --out");
        Assert.AreEqual(kept, File.ReadAllText(state));
        var result = Tool.Run(arguments);
        result.AssertExit(0);
        Assert.Contains("goes on from ", result.Output);
        Assert.Contains("| an otter | – | ", File.ReadAllText(At("quality.md")));
        Assert.IsFalse(Directory.Exists(At("quality.work")));
    }

    [TestMethod]
    public void Quality_WorkThatIsNoWork_IsSaidToBe()
    {
        Directory.CreateDirectory(At("quality.work"));
        File.WriteAllText(At("quality.work/work.json"), "{\"Timings\": 3}");
        Quality("--cache", "pab").AssertError(1, "work.json", "Delete its folder");
    }

    [TestMethod]
    [DataRow(2, "--out must end in .md", "--out", "report.txt")]
    [DataRow(2, "--picture must end in .png", "--picture", "sheet.webp")]
    [DataRow(2, "--cache must name a cache", "--cache", "none")]
    [DataRow(1, "There are no prompts 'nothing.txt'", "--prompts", "nothing.txt")]
    [DataRow(1, "create it", "--out", "nowhere/quality.md")]
    [DataRow(1, "model_index.json")]
    public void Quality_WhatCannotWork_IsRefusedBeforeLoading(int code, string part, params string[] arguments) =>
        Tool.Run(["quality", _out, .. arguments]).AssertError(code, part);

    [TestMethod]
    public void Quality_FileWithoutPrompts_IsRefused()
    {
        File.WriteAllText(At("prompts.txt"), "\n \n");
        Quality("--prompts", At("prompts.txt")).AssertError(1, "expected a prompt a line");
        Assert.IsFalse(File.Exists(At("quality.md")));
    }

    [TestMethod]
    public void Quality_SeveralFilmsOfAPrompt_HaveSeedsOfTheirOwn()
    {
        File.WriteAllText(At("prompts.txt"), "# of moving shapes\na red circle moving left\nan otter\n");
        var result = Quality("--prompts", At("prompts.txt"), "--cache", "pab", "--num-images", "2", "--picture", At("quality.png"), "--scale", "2", "--repeats", "1");
        result.AssertExit(0);
        var report = File.ReadAllText(At("quality.md"));
        Assert.Contains("2 prompts with 2 films each", report);
        string[] rows = [.. report.Split('\n').Where(line => line.StartsWith("| a red circle moving left |", StringComparison.Ordinal))];
        Assert.HasCount(2, rows);
        Assert.AreNotEqual(rows[0], rows[1]);
        // Four frames twice as wide, with gaps between them and what is written at the left.
        using var picture = SkiaSharp.SKBitmap.Decode(At("quality.png"));
        Assert.IsGreaterThan(4 * 2 * 96, picture.Width);
        Assert.IsGreaterThan(2 * 2 * 64, picture.Height);
    }

    private Tool.Result Quality(params string[] arguments) => Tool.Run(["quality", s_model.Path, "--out", At("quality.md"), .. s_quick, .. arguments]);

    private string At(string name) => Path.Combine(_out, name);
}
