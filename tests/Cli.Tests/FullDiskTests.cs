using System.Diagnostics;
using Afterimage.Models.Tests;

namespace Afterimage.Cli.Tests;

/// <summary>A disk that takes no more, which a limit on the size of files stands for: one line, and what was there stays.</summary>
[TestClass]
[OSCondition(OperatingSystems.Linux)]
public class FullDiskTests
{
    private static TinyPipelineFolder s_model = null!;

    [ClassInitialize]
    public static void MakePipeline(TestContext context) => s_model = new TinyPipelineFolder();

    [ClassCleanup]
    public static void CleanUp() => s_model.Dispose();

    [TestMethod]
    [DataRow("film.gif", "generate", "MODEL", "an otter", "--steps", "2", "--dtype", "float32")]
    [DataRow("film.webp", "generate", "MODEL", "an otter", "--steps", "2", "--dtype", "float32", "--compare")]
    [DataRow("%d.png", "generate", "MODEL", "an otter", "--steps", "2", "--dtype", "float32")]
    [DataRow("plan.png", "plan", "MODEL", "--cache", "pab")]
    [DataRow("plan.json", "plan", "MODEL", "--cache", "pab")]
    [DataRow("quality.md", "quality", "MODEL", "--steps", "2", "--dtype", "float32", "--frames", "1", "--cache", "pab")]
    public void Command_DiskFull_EndsInOneLineAndKeepsWhatWasThere(string target, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("afterimage-full-").FullName;
        try
        {
            var old = Path.Combine(folder, target.Replace("%d", "0", StringComparison.Ordinal));
            File.WriteAllText(old, "old");
            string[] words = [.. arguments.Select(word => word.Replace("MODEL", s_model.Path, StringComparison.Ordinal)), "--out", Path.Combine(folder, target)];
            // In blocks of 512 bytes.
            var start = new ProcessStartInfo("sh", ["-c", "ulimit -f 1; exec dotnet exec \"$@\"", "sh", Path.Combine(AppContext.BaseDirectory, "Afterimage.Cli.dll"), .. words])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["OMP_NUM_THREADS"] = "1";
            // Both make .NET itself write files.
            start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
            start.Environment["DOTNET_EnableDiagnostics"] = "0";
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();

            new Tool.Result(process.ExitCode, output.Result, errors).AssertError(1);
            Assert.AreEqual("old", File.ReadAllText(old));
            string[] entries = [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Where(entry => !entry.EndsWith(".work", StringComparison.Ordinal))];
            Assert.HasCount(1, entries, string.Join(", ", entries));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
