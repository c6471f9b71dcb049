using Afterimage.Models.Tests;
using SkiaSharp;

namespace Afterimage.Cli.Tests;

/// <summary><c>generate</c> and <c>quality</c> with pipelines other than CogVideoX's of text to video.</summary>
[TestClass]
public class PipelineTests
{
    private string _out = null!;

    [TestInitialize]
    public void MakeOut() => _out = Directory.CreateTempSubdirectory("afterimage-pipelines-").FullName;

    [TestCleanup]
    public void DeleteOut() => Directory.Delete(_out, recursive: true);

    [TestMethod]
    [DataRow("wan", "32", "48", "5", "film.webp", "5 frames of 48 × 32")]
    [DataRow("ltx", "32", "32", "5", "film.gif", "5 frames of 32 × 32")]
    [DataRow("latte", "32", "32", "4", "film.webp", "4 frames of 32 × 32")]
    [DataRow("flux", "64", "48", null, "picture.png", "a picture of 48 × 64")]
    public void Generate_WithEveryPipeline_WritesWhatItMakes(string name, string height, string width, string? frames, string target, string line)
    {
        using var folder = new RecordedPipelineFolder($"pipeline-{name}-tiny");
        var result = Tool.Run(
        [
            "generate", folder.Path, "a cat", "--cache", "pab", "--steps", "3", "--dtype", "float32", "--height", height, "--width", width,
            .. frames is null ? [] : (string[])["--frames", frames], "--out", Path.Combine(_out, target),
        ]);
        result.AssertExit(0);
        Assert.Contains(line, result.Output);
        Assert.AreEqual(target, Path.GetFileName(Assert.ContainsSingle(Directory.GetFiles(_out))));
    }

    [TestMethod]
    [DataRow("wan", "32", "48", "5", "5 frames of 96 × 32 at 8 a second")]
    [DataRow("ltx", "32", "32", "5", "5 frames of 64 × 32 at 8 a second")]
    [DataRow("latte", "32", "32", "4", "4 frames of 64 × 32 at 8 a second")]
    [DataRow("flux", "64", "48", null, "a picture of 96 × 64")]
    [DataRow("cogvideox-i2v", "24", "16", "9", "9 frames of 32 × 24 at 8 a second")]
    [DataRow("wan-i2v", "32", "48", "5", "5 frames of 96 × 32 at 8 a second")]
    [DataRow("wan22-ti2v", "64", "64", "5", "5 frames of 128 × 64 at 8 a second")] // whose index says WanPipeline
    public void Generate_TwoOfAPromptWithEveryPipeline_WritesBothInAGrid(string name, string height, string width, string? frames, string line)
    {
        using var folder = new RecordedPipelineFolder($"pipeline-{name}-tiny");
        var picture = Path.Combine(_out, "picture.png");
        WritePicture(picture, SKColors.CornflowerBlue);
        var result = Tool.Run(
        [
            "generate", folder.Path, "a cat", "--cache", "none", "--steps", "2", "--dtype", "float32", "--height", height, "--width", width, "--num-images", "2", "--grid",
            .. frames is null ? [] : (string[])["--frames", frames], .. name.EndsWith("i2v", StringComparison.Ordinal) ? (string[])["--image", picture] : [],
            "--out", Path.Combine(_out, "both.webp"),
        ]);
        result.AssertExit(0);
        Assert.Contains($"both.webp: {line}", result.Output);
    }

    [TestMethod]
    [DataRow("pab")]
    [DataRow("fbc")] // decides while it runs, and the second transformer's run has decided nothing when the first's has
    public void Generate_WithTwoTransformers_CountsTheRunsOfBoth(string cache)
    {
        using var folder = new RecordedPipelineFolder("pipeline-wan22-i2v-tiny");
        var picture = Path.Combine(_out, "picture.png");
        WritePicture(picture, SKColors.CornflowerBlue);
        var result = Tool.Run(
            "generate", folder.Path, "a cat", "--image", picture, "--cache", cache, "--steps", "8", "--dtype", "float32", "--height", "32", "--width", "48", "--frames", "5",
            "--out", Path.Combine(_out, "film.webp"));
        result.AssertExit(0);
        Assert.Contains("of the cached sites", result.Output);
    }

    [TestMethod]
    public void Generate_PicturesCompared_AreSideBySide()
    {
        using var folder = new RecordedPipelineFolder("pipeline-flux-tiny");
        Tool.Run(
            "generate", folder.Path, "a cat", "--steps", "4", "--dtype", "float32", "--height", "64", "--width", "48", "--compare", "--out", Path.Combine(_out, "cat.png")).AssertExit(0);
        CollectionAssert.AreEquivalent(new[] { "cat.png", "cat.plan.png" }, Directory.GetFiles(_out).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public void Generate_FromAPicture_NeedsOneAndTakesIt()
    {
        using var folder = new RecordedPipelineFolder("pipeline-cogvideox-i2v-tiny");
        var picture = Path.Combine(_out, "picture.jpg");
        WritePicture(picture, SKColors.CornflowerBlue);
        string[] arguments =
        [
            "generate", folder.Path, "a cat", "--steps", "2", "--dtype", "float32", "--height", "24", "--width", "16", "--frames", "9",
            "--out", Path.Combine(_out, "film.webp"),
        ];

        Tool.Run(arguments).AssertError(1, "Image");
        Tool.Run([.. arguments, "--image", Path.Combine(_out, "missing.png")]).AssertError(1, "missing.png");
        Tool.Run([.. arguments, "--image", picture]).AssertExit(0);
        Assert.IsTrue(File.Exists(Path.Combine(_out, "film.webp")));
    }

    [TestMethod]
    [DataRow("latte", "--image", "picture.png")]
    [DataRow("flux", "--frames", "5")]
    [DataRow("wan", "--dynamic-cfg", null)]
    [DataRow("wan", "--scheduler", "dpm")]
    public void Generate_WithAnOptionThatDoesNothing_SaysSo(string name, string option, string? value)
    {
        using var folder = new RecordedPipelineFolder($"pipeline-{name}-tiny");
        var path = Path.Combine(_out, "picture.png");
        WritePicture(path, SKColors.White);
        var result = Tool.Run(
        [
            "generate", folder.Path, "a cat", "--steps", "1", "--dtype", "float32", "--height", "64", "--width", "48", "--out", Path.Combine(_out, "film.webp"),
            option, .. value is null ? [] : (string[])[value.EndsWith(".png", StringComparison.Ordinal) ? path : value],
        ]);
        result.AssertError(1, option);
    }

    [TestMethod]
    public void Quality_FromAPicture_NeedsOneAndTakesIt()
    {
        using var folder = new RecordedPipelineFolder("pipeline-cogvideox-i2v-tiny");
        var (picture, prompts, report) = (Path.Combine(_out, "picture.png"), Path.Combine(_out, "prompts.txt"), Path.Combine(_out, "report.md"));
        WritePicture(picture, SKColors.CornflowerBlue);
        File.WriteAllText(prompts, "a cat\n");
        string[] arguments =
        [
            "quality", folder.Path, "--cache", "pab", "--repeats", "1", "--prompts", prompts, "--steps", "2", "--dtype", "float32", "--height", "24", "--width", "16", "--frames", "9",
            "--out", report,
        ];
        Tool.Run(arguments).AssertError(1, "Image");
        Tool.Run([.. arguments, "--image", picture]).AssertExit(0);
        Assert.Contains("pab", File.ReadAllText(report));
    }

    [TestMethod]
    public void Quality_OfAPipelineOfPictures_WritesItsReport()
    {
        using var folder = new RecordedPipelineFolder("pipeline-flux-tiny");
        var prompts = Path.Combine(_out, "prompts.txt");
        File.WriteAllText(prompts, "a cat\na dog\n");
        var report = Path.Combine(_out, "report.md");
        var result = Tool.Run(
            "quality", folder.Path, "--cache", "pab", "--prompts", prompts, "--steps", "3", "--dtype", "float32", "--height", "64", "--width", "48", "--out", report);
        result.AssertExit(0);
        Assert.Contains("pab", File.ReadAllText(report));
    }

    private static void WritePicture(string path, SKColor color)
    {
        using var bitmap = new SKBitmap(40, 30);
        bitmap.Erase(color);
        File.WriteAllBytes(path, bitmap.Encode(Path.GetExtension(path) == ".jpg" ? SKEncodedImageFormat.Jpeg : SKEncodedImageFormat.Png, 90).ToArray());
    }
}
