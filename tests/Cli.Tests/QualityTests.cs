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

    private Tool.Result Quality(params string[] arguments) => Tool.Run(["quality", s_model.Path, "--out", At("quality.md"), .. s_quick, .. arguments]);

    private string At(string name) => Path.Combine(_out, name);
}
