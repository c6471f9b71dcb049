using System.Diagnostics;
using System.Text.Json;

namespace Afterimage.Cli.Tests;

/// <summary>What <c>--parallel</c> does, and refuses; how ranks share a forward is tested in Parallel.Tests.</summary>
[TestClass]
public class ParallelOptionTests
{
    private static readonly string Model = Path.Combine(Tool.Goldens, "cogvideox-5b-tiny", "model");

    [TestMethod]
    [DataRow("guidance=3")]
    [DataRow("sequence=0")]
    [DataRow("sequence")]
    [DataRow("heads=2")]
    [DataRow("sequence=2,")]
    public void Layout_ThatIsNone_IsAUsageError(string layout)
    {
        foreach (var command in (string[][])[["generate", "FOLDER", "a cat"], ["plan", Model, "--cache", "pab"], ["bench", "run"]])
            Tool.Run([.. command, "--parallel", layout]).AssertError(2, $"--parallel takes guidance=2, sequence=N or guidance=2,sequence=N, got '{layout}'.");
    }

    [TestMethod]
    public void Plan_OfRanks_SaysWhatTheyExchange()
    {
        var result = Tool.Run("plan", Model, "--cache", "pab", "--steps", "10", "--parallel", "guidance=2,sequence=2");
        result.AssertExit(0);
        Assert.Contains("guidance=2,sequence=2: ", result.Output);
        Assert.Contains(" collectives and ", result.Output);
        Assert.Contains("GB/s (NVLink 4)", result.Output);
    }

    [TestMethod]
    public void Plan_OfRanksThatWouldWait_IsRefused() =>
        Tool.Run("plan", Model, "--cache", "faster", "--steps", "10", "--parallel", "guidance=2").AssertError(3, "guidance");

    [TestMethod]
    public void Bench_OnADevice_IsRefused() =>
        Tool.Run("bench", "run", "--parallel", "sequence=2", "--device", "cuda").AssertError(2, "--parallel would do nothing: ranks are measured on the CPU.");

    [TestMethod]
    public void Bench_ByNoMpiexec_SaysWhatToDo() =>
        Tool.Run("bench", "run", "--parallel", "sequence=2").AssertError(3, "was not started by mpiexec", "mpiexec -n 4");

    [TestMethod]
    [DataRow("guidance=2")]
    [DataRow("sequence=2")]
    public async Task Bench_OfTwoRanks_IsToldByTheFirst(string layout)
    {
        string[] arguments = ["-n", "2", "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "Afterimage.Cli.dll"), "bench", "run", "--tokens", "300", "--steps", "2", "--parallel", layout, "--json"];
        var start = new ProcessStartInfo(Mpiexec.Find(), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.AreEqual(0, process.ExitCode, await errors);
        using var report = JsonDocument.Parse(output);
        Assert.AreEqual(2, report.RootElement.GetProperty("step_seconds").GetArrayLength());
    }
}
