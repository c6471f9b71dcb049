using Afterimage.Models.Tests;

namespace Afterimage.Cli.Tests;

/// <summary>Commands that load a model take the variant and the snapshot that they are told.</summary>
[TestClass]
public class ModelOptionTests
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private static string s_hub = null!;
    private static Dictionary<string, string> s_environment = null!;

    /// <summary>Two names with a snapshot that only the tag v1 leads to, and weights that only a variant leads to.</summary>
    [ClassInitialize]
    public static void MakeHub(TestContext context)
    {
        s_hub = Directory.CreateTempSubdirectory("afterimage-hub-").FullName;
        s_environment = new() { ["HF_HUB_CACHE"] = s_hub };
        using var pipeline = new TinyPipelineFolder();
        AddToHub("tiny-pipeline", pipeline.Path);
        AddToHub("tiny-model", Path.Combine(Tool.Goldens, "cogvideox-5b-tiny", "model"));
    }

    [ClassCleanup]
    public static void CleanUp() => Directory.Delete(s_hub, recursive: true);

    public static IEnumerable<object[]> Commands =>
    [
        ["bench", "org/tiny-model", "--steps", "2", "--rounds", "1"],
        ["bench", "load", "org/tiny-model"],
        ["verify", "--self", "org/tiny-model"],
        ["generate", "org/tiny-pipeline", "an otter", "--steps", "2", "--dtype", "float32", "--frames", "1", "--out", "OUT/film.webp"],
        ["quality", "org/tiny-pipeline", "--steps", "2", "--dtype", "float32", "--frames", "1", "--cache", "pab", "--repeats", "1", "--prompts", "OUT/prompts.txt", "--out", "OUT/quality.md"],
    ];

    [TestMethod]
    [DynamicData(nameof(Commands))]
    public void Command_OfAVariantOfARevision_LoadsThat(params string[] command)
    {
        var folder = Directory.CreateTempSubdirectory("afterimage-out-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "prompts.txt"), "an otter\n");
            string[] words = [.. command.Select(word => word.Replace("OUT", folder.FullName, StringComparison.Ordinal))];
            Run([.. words, "--revision", "v1", "--variant", "fp16"]).AssertExit(0);
            // Each of the two is heeded.
            Run([.. words, "--revision", "v1"]).AssertError(1, "choose one by variant (bf16, fp16)");
            Run([.. words, "--revision", "v1", "--variant", "fp8"]).AssertError(1, "'fp8'");
            Run([.. words, "--revision", "v2", "--variant", "fp16"]).AssertError(1, "no snapshot of v2", "--revision v2");
            Run([.. words, "--variant", "fp16"]).AssertError(1, "no snapshot of main");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void Plan_OfARevision_NeedsNoWeights()
    {
        Run("plan", "org/tiny-model", "--cache", "pab", "--steps", "3", "--revision", "v1").AssertExit(0);
        Run("plan", "org/tiny-model", "--cache", "pab", "--steps", "3").AssertError(1, "no snapshot of main");
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("..")]
    [DataRow("../../../etc")]
    [DataRow("/etc")]
    [DataRow("v1\nv2")]
    public void Plan_OfARevisionThatCanBeNone_IsRefused(string revision) =>
        Run("plan", "org/tiny-model", "--cache", "pab", "--revision", revision).AssertError(1, "expected a branch, tag or commit");

    [TestMethod]
    [DataRow("plan", "--cache", "pab")]
    [DataRow("bench")]
    [DataRow("verify", "--self")]
    public void Command_OfARevisionOfAFolder_SaysWhatItGoesWith(params string[] command) =>
        Run([.. command, Path.Combine(Tool.Goldens, "wan-tiny", "model"), "--revision", "v1"]).AssertError(1, "goes with a name of the Hub");

    private static Tool.Result Run(params string[] arguments) => Tool.RunWith(s_environment, arguments);

    private static void AddToHub(string name, string source)
    {
        var repository = Path.Combine(s_hub, $"models--org--{name}");
        var snapshot = Path.Combine(repository, "snapshots", Commit);
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(snapshot, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            string[] variants = Path.GetExtension(file) == ".safetensors" ? [".fp16.safetensors", ".bf16.safetensors"] : [Path.GetExtension(file)];
            foreach (var extension in variants)
                File.Copy(file, Path.ChangeExtension(target, null) + extension);
        }
        Directory.CreateDirectory(Path.Combine(repository, "refs"));
        File.WriteAllText(Path.Combine(repository, "refs", "v1"), Commit);
    }
}
