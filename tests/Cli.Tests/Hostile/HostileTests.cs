using Afterimage.Models.Tests;

namespace Afterimage.Cli.Tests.Hostile;

/// <summary>Whatever a command is given, it ends soon, with a value or with one line.</summary>
[TestClass]
[OSCondition(OperatingSystems.Linux)]
public sealed class HostileTests
{
    private static readonly DirectoryInfo s_pattern = Directory.CreateTempSubdirectory("afterimage-hostile-pattern-");

    public static IEnumerable<object[]> Groups => HostileCorpus.Groups.Select(group => new object[] { group.Name });

    public TestContext TestContext { get; set; } = null!;

    [ClassInitialize]
    public static void MakePattern(TestContext context)
    {
        using (var pipeline = new TinyPipelineFolder())
            Copy(pipeline.Path, "pipeline");
        Copy(Path.Combine(Tool.Goldens, "cogvideox-5b-tiny", "model"), "case/model");
        foreach (var file in new[] { "forward.json", "inputs.safetensors", "output.safetensors" })
            File.Copy(Path.Combine(Tool.Goldens, "cogvideox-5b-tiny", file), Path.Combine(s_pattern.FullName, "case", file));
        File.WriteAllText(Path.Combine(s_pattern.FullName, "cache.json"), HostileCorpus.Cache);
        File.WriteAllText(Path.Combine(s_pattern.FullName, "prompts.txt"), "a red circle\n");
    }

    [ClassCleanup]
    public static void RemovePattern() => s_pattern.Delete(recursive: true);

    [TestMethod]
    [DynamicData(nameof(Groups))]
    public void Command_HostileInput_EndsWithAValueOrOneLine(string group)
    {
        HostileCase[] cases = [.. HostileCorpus.Groups.Single(one => one.Name == group).Cases];
        string[] complaints =
        [
            // What is in a process of its own, two at a time; what is not, one after the other.
            .. cases.Where(one => one.InChild).AsParallel().WithDegreeOfParallelism(2).Select(Judged).AsEnumerable().Concat(cases.Where(one => !one.InChild).Select(Judged))
                .Where(judged => judged.Complaint is not null)
                .Select(judged => $"{judged.Case.Name} [{string.Join(' ', judged.Case.Arguments)}] {judged.Complaint}"),
        ];
        TestContext.WriteLine($"{cases.Length} cases of {group}, {HostileCorpus.Groups.Sum(one => one.Cases.Count)} in all");
        Assert.IsEmpty(complaints, $"{complaints.Length} of {cases.Length}:\n{string.Join('\n', complaints)}");
    }

    private static (HostileCase Case, string? Complaint) Judged(HostileCase one) => (one, HostileRun.Complaint(one, s_pattern.FullName));

    private static void Copy(string from, string name)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(s_pattern.FullName, name, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
