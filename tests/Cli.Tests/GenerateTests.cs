using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Afterimage.Models.Tests;

namespace Afterimage.Cli.Tests;

[TestClass]
public class GenerateTests
{
    private static readonly string[] s_quick = ["--steps", "4", "--dtype", "float32"];

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
    public void MakeOut() => _out = Directory.CreateTempSubdirectory("afterimage-generate-").FullName;

    [TestCleanup]
    public void DeleteOut() => Directory.Delete(_out, recursive: true);

    [TestMethod]
    [DataRow("pab", "film.webp")]
    [DataRow("faster", "film.gif")]
    [DataRow("none", "film.webp")]
    public void Generate_Film_IsWritten(string cache, string name)
    {
        var result = Generate(["--cache", cache, "--out", At(name), .. s_quick]);
        result.AssertExit(0);
        CollectionAssert.AreEqual(new[] { name }, Entries);
        Assert.Contains("9 frames of 96 × 64 at 8 a second", result.Output);
        Assert.Contains($"cache {cache}: ", result.Output);
    }

    [TestMethod]
    [DataRow("pab", "20")]
    [DataRow("faster", "20")]
    public void Generate_Compare_ShowsWhatTheCacheDid(string cache, string steps)
    {
        var result = Generate("--cache", cache, "--compare", "--out", At("film.webp"), "--steps", steps, "--dtype", "float32");
        result.AssertExit(0);
        CollectionAssert.AreEqual(new[] { "film.plan.png", "film.webp" }, Entries);
        // Two films of 96 pixels, each pixel a square of five, with margins.
        Assert.Contains("9 frames of 1008 × ", result.Output);
        foreach (var column in new[] { "speed-up", "PSNR", "SSIM", "attention", "history MiB" })
            Assert.Contains(column, result.Output);
        var row = result.Output.Split('\n').Single(line => line.Contains($"│ {cache} ", StringComparison.Ordinal)).Split('│', StringSplitOptions.TrimEntries);
        Assert.EndsWith(" dB", row[4]);
        Assert.AreNotEqual("100 %", row[6]);
        Assert.IsGreaterThan(0, double.Parse(row[8], CultureInfo.InvariantCulture), "history");
    }

    [TestMethod]
    public void Generate_ConfigFromFileToPictures_IsWritten()
    {
        var config = At("often.json");
        File.WriteAllText(config, """{"type": "PyramidAttentionBroadcast", "config": {"spatial_attention_block_skip_range": 3}}""");
        Directory.CreateDirectory(At("frames"));
        Generate(["--cache", config, "--compare", "--out", At("frames/f-%02d.png"), "--fps", "12", .. s_quick]).AssertExit(0);
        CollectionAssert.AreEqual(
            Enumerable.Range(0, 9).Select(i => $"f-{i:D2}.png").Append("f.plan.png").ToArray(),
            Directory.GetFiles(At("frames")).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
    }

    [TestMethod]
    public void Generate_PromptTooLongAndConfigWithoutRange_SaysWhatWasMadeOfThem()
    {
        var config = At("empty.json");
        File.WriteAllText(config, """{"type": "PyramidAttentionBroadcast", "config": {}}""");
        var result = Tool.Run(
            ["generate", s_model.Path, string.Join(' ', Enumerable.Repeat("a cat on a red chair", 20)), "--cache", config, "--out", At("film.gif"), .. s_quick]);
        result.AssertExit(0);
        Assert.Contains("note: too long for the text encoder, left out: ", result.Output);
        Assert.AreEqual(2, result.Output.Split('\n').Count(line => line.StartsWith("note: ", StringComparison.Ordinal)), result.Output);
    }

    [TestMethod]
    [DataRow("ddim", "dpm")]
    public void Generate_OtherScheduler_IsAnotherFilm(params string[] schedulers)
    {
        foreach (var scheduler in schedulers)
            Generate(["--scheduler", scheduler, "--out", At($"{scheduler}.webp"), .. s_quick]).AssertExit(0);
        CollectionAssert.AreNotEqual(File.ReadAllBytes(At("ddim.webp")), File.ReadAllBytes(At("dpm.webp")));
    }

    [TestMethod]
    public void Generate_SameSeed_IsTheSameFilm()
    {
        foreach (var (name, seed) in new[] { ("a.webp", "1"), ("b.webp", "1"), ("c.webp", "2") })
            Generate(["--out", At(name), "--seed", seed, .. s_quick]).AssertExit(0);
        CollectionAssert.AreEqual(File.ReadAllBytes(At("a.webp")), File.ReadAllBytes(At("b.webp")));
        CollectionAssert.AreNotEqual(File.ReadAllBytes(At("a.webp")), File.ReadAllBytes(At("c.webp")));
    }

    [TestMethod]
    [DataRow(2, "--out must end in", "--out", "film.avi")]
    [DataRow(2, "--steps must be above 0", "--steps", "0")]
    [DataRow(2, "--height must be above 0", "--height", "-16")]
    [DataRow(2, "--cache is none", "--compare", "--cache", "none")]
    [DataRow(2, "'int8'", "--dtype", "int8")]
    [DataRow(2, "'tpu'", "--device", "tpu")]
    [DataRow(2, "'euler'", "--scheduler", "euler")]
    [DataRow(1, "pab, faster", "--cache", "quick")]
    [DataRow(1, "above 0", "--fps", "0")]
    [DataRow(1, "create it", "--out", "nowhere/film.webp")]
    public void Generate_WhatCannotWork_IsRefusedBeforeLoading(int code, string part, params string[] arguments)
    {
        // Loading would fail with another message.
        var result = Tool.Run(["generate", "no-such-folder", "an otter", .. arguments]);
        result.AssertError(code, part);
        Assert.AreEqual("", result.Output);
    }

    [TestMethod]
    public void Generate_FolderOfSomethingElse_SaysWhatItExpects()
    {
        Tool.Run("generate", _out, "an otter", "--out", At("film.webp")).AssertError(1, "model_index.json");
        Assert.IsEmpty(Entries);
    }

    [TestMethod]
    public void Generate_SizeThatDoesNotFit_SaysWhich()
    {
        Generate(["--out", At("film.png"), .. s_quick]).AssertError(1, "%04d");
        Generate(["--height", "33", "--out", At("film.webp"), .. s_quick]).AssertError(1, "Height to be a multiple of 16", "found 33");
        Assert.IsEmpty(Entries);
    }

    [TestMethod]
    public void Generate_CacheThatNeedsGuidanceWithoutIt_IsRefusedBeforeLoading()
    {
        using var model = new TinyPipelineFolder();
        foreach (var weights in Directory.GetFiles(model.Path, "*.safetensors", SearchOption.AllDirectories))
            File.Delete(weights);
        Tool.Run("generate", model.Path, "an otter", "--cache", "faster", "--guidance-scale", "1", "--out", At("film.webp"))
            .AssertError(1, "IsGuidanceDistilled");
    }

    [TestMethod]
    [DataRow("10", "note: 10 frames")]
    [DataRow("17", null)]
    public void Generate_NumberOfFramesThatIsNotMade_IsNoted(string frames, string? note)
    {
        var result = Generate(["--frames", frames, "--out", At("film.webp"), .. s_quick]);
        result.AssertExit(0);
        Assert.AreEqual(note is not null, result.Output.Contains(note ?? "note: ", StringComparison.Ordinal));
    }

    [TestMethod]
    public void Generate_Mp4WithoutFFmpeg_NamesTheRemedyBeforeLoading()
    {
        var result = Tool.RunIn(
            new Dictionary<string, string> { ["PATH"] = _out }, "generate", "no-such-folder", "an otter", "--out", At("film.mp4"));
        result.AssertError(3, "FFmpeg", "install it", ".webp");
        Assert.IsEmpty(Entries);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux | OperatingSystems.OSX)]
    [UnsupportedOSPlatform("windows")]
    public void Generate_Mp4_AsksFFmpegOnceBeforeLoading()
    {
        var (ffmpeg, asked) = (At("ffmpeg"), At("asked"));
        File.WriteAllText(ffmpeg, $"#!/bin/sh\necho once >> '{asked}'\necho ' V..... libx264  H.264'\n");
        File.SetUnixFileMode(ffmpeg, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Tool.RunWith(new Dictionary<string, string> { ["PATH"] = _out }, ["generate", s_model.Path, "an otter", "--height", "33", "--out", At("film.mp4")])
            .AssertError(1, "Height to be a multiple of 16");
        Assert.AreEqual("once\n", File.ReadAllText(asked));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux | OperatingSystems.OSX)]
    public void Generate_Terminated_EndsWithoutAFilm()
    {
        // Minutes of work.
        using var process = Tool.Start(
            "generate", s_model.Path, "an otter", "--steps", "1000", "--height", "160", "--width", "240", "--dtype", "float32", "--out", At("film.webp"));
        var errors = process.StandardError;
        // The progress bar is there once steps are made.
        while (errors.ReadLine() is { } line && !line.Contains("generating", StringComparison.Ordinal))
        {
        }
        // Ctrl-C goes the same way, but what runs in the background, as these tests may, ignores it.
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
            kill.WaitForExit();
        var rest = errors.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(130, process.ExitCode, rest);
        Assert.Contains("afterimage: cancelled", rest);
        Assert.IsEmpty(Entries);
    }

    [TestMethod]
    public void Generate_WithoutOut_KeepsTheFilmsThatAreThere()
    {
        foreach (var name in (string[])["an-otter.webp", "an-otter-2.webp", "an-otter-3.plan.png"])
            File.WriteAllText(At(name), "mine");
        var result = Tool.RunFrom(_out, ["generate", s_model.Path, "an otter", .. s_quick]);
        result.AssertExit(0);
        Assert.Contains("wrote an-otter-4.webp", result.Output);
        CollectionAssert.AreEqual(new[] { "an-otter-2.webp", "an-otter-3.plan.png", "an-otter-4.webp", "an-otter.webp" }, Entries);
        Assert.AreEqual("mine", File.ReadAllText(At("an-otter.webp")));
    }

    [TestMethod]
    public void FreshFile_ManyAtATime_TakeANameEach()
    {
        var written = new System.Collections.Concurrent.ConcurrentBag<string>();
        System.Threading.Tasks.Parallel.For(0, 20, i => written.Add(Cli.Generate.FreshFile.Write(At("film.webp"), path => File.WriteAllText(path, $"{i}"))));
        Assert.AreEqual(20, written.Distinct().Count());
        Assert.AreEqual(20, Entries.Select(name => File.ReadAllText(At(name))).Distinct().Count());
    }

    [TestMethod]
    public void FreshFile_WhoseWritingFails_LeavesNone()
    {
        Assert.ThrowsExactly<IOException>(() => Cli.Generate.FreshFile.Write(At("film.webp"), _ => throw new IOException("full")));
        Assert.IsEmpty(Entries);
    }

    [TestMethod]
    public void Generate_PicturesAtARate_SaysThatTheyHaveNone()
    {
        var result = Generate(["--out", At("f-%02d.png"), "--fps", "12", .. s_quick]);
        result.AssertExit(0);
        Assert.Contains("note: pictures have no rate", result.Output);
        Assert.DoesNotContain("at 12 a second", result.Output);
    }

    [TestMethod]
    [DataRow("--frames", "10000000")]
    [DataRow("--height", "1000000", "--width", "1000000")]
    public void Generate_SizeBeyondMemory_IsRefusedWithAnEstimate(params string[] size)
    {
        Generate(["--out", At("film.webp"), .. size]).AssertError(1, "at least", "this process may have", "--force");
        Assert.IsEmpty(Entries);
    }

    [TestMethod]
    [DataRow("An otter, playing the guitar!", "an-otter-playing-the-guitar.webp")]
    [DataRow("  ", "film.webp")]
    [DataRow("Кот / ../../etc", "кот-etc.webp")]
    [DataRow("word word word word word word word word word word word", "word-word-word-word-word-word-word-word-word.webp")]
    public void FilmName_OfPrompt_IsAFileName(string prompt, string name) => Assert.AreEqual(name, Cli.Generate.FilmName.Of(prompt));

    [TestMethod]
    [DataRow("film.webp", "film.plan.png")]
    [DataRow("out/film.mp4", "out/film.plan.png")]
    [DataRow("out/%04d.png", "out/plan.png")]
    [DataRow("out/frame-%d.png", "out/frame.plan.png")]
    public void FilmName_OfPlan_LiesBesideTheFilm(string film, string plan) =>
        Assert.AreEqual(plan, Cli.Generate.FilmName.OfPlan(film).Replace('\\', '/'));

    private static Tool.Result Generate(params string[] arguments) => Tool.Run(["generate", s_model.Path, "an otter", .. arguments]);

    private string At(string name) => Path.Combine(_out, name);

    private string[] Entries =>
        [.. Directory.GetFileSystemEntries(_out).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];
}
