using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Afterimage.Models;
using Afterimage.Models.Tests;

namespace Afterimage.Cli.Tests;

/// <summary>
/// Ctrl-C at random moments of every long command and sample. <c>AFTERIMAGE_INTERRUPTIONS=20</c> takes as many moments of each instead of two.
/// </summary>
[TestClass]
[OSCondition(OperatingSystems.Linux)]
public class InterruptionTests
{
    private const int ExitCodeOfInterrupted = 130;

    private static readonly int s_moments = int.Parse(Environment.GetEnvironmentVariable("AFTERIMAGE_INTERRUPTIONS") ?? "2", CultureInfo.InvariantCulture);
    private static TinyPipelineFolder s_model = null!;

    public TestContext TestContext { get; set; } = null!;

    [ClassInitialize]
    public static void MakePipeline(TestContext context) => s_model = new TinyPipelineFolder();

    [ClassCleanup]
    public static void CleanUp() => s_model.Dispose();

    /// <param name="seconds">About how long it takes on a machine with nothing else to do.</param>
    /// <param name="program">What is run.</param>
    /// <param name="arguments">With OUT and MODEL for folders.</param>
    [TestMethod]
    [DataRow(3.0, "Afterimage.Cli", "generate", "MODEL", "an otter", "--steps", "40", "--dtype", "float32", "--compare", "--out", "OUT/film.webp")]
    [DataRow(2.0, "Afterimage.Cli", "generate", "MODEL", "an otter", "--steps", "4", "--dtype", "float32", "--out", "OUT/film.mp4")]
    [DataRow(2.0, "Afterimage.Cli", "generate", "MODEL", "--prompts", "OUT/prompts.txt", "--num-images", "2", "--steps", "8", "--dtype", "float32", "--out", "OUT/film.webp")]
    [DataRow(4.0, "Afterimage.Cli", "quality", "MODEL", "--steps", "20", "--dtype", "float32", "--frames", "9", "--prompts", "OUT/prompts.txt", "--out", "OUT/q.md", "--picture", "OUT/q.png")]
    [DataRow(3.0, "Afterimage.Cli", "bench", "MODEL/transformer", "--steps", "20")]
    [DataRow(1.5, "Afterimage.Cli", "bench", "load", "--mib", "64")]
    [DataRow(3.0, "Afterimage.Cli", "verify", "GOLDENS/cogvideox-2b-tiny")]
    [DataRow(4.0, "Afterimage.Cli", "calibrate", "MODEL", "--steps", "6", "--dtype", "float32", "--frames", "5", "--prompts", "OUT/prompts.txt", "--out", "OUT/own.calibration.json")]
    [DataRow(6.0, "Afterimage.Cli", "tune", "MODEL", "--steps", "6", "--dtype", "float32", "--frames", "5", "--calibration", "OUT/own.calibration.json", "--out", "OUT/own")]
    [DataRow(1.5, "Afterimage.Cli", "plan", "MODEL", "--cache", "pab", "--out", "OUT/plan.png")]
    [DataRow(4.0, "TextToVideo", "a red circle moving left", "--steps", "6", "--compare", "--out", "OUT/film.webp")]
    [DataRow(5.0, "QuickStart")]
    [DataRow(6.0, "AnnotateYourModel")]
    [DataRow(9.0, "TrainTiny", "OUT/tiny", "--autoencoder-steps", "2", "--decoder-steps", "2", "--clips", "16", "--steps", "3", "--batch", "2", "--dtype", "float32")]
    public void Program_InterruptedAtAnyMoment_EndsItselfAndLeavesNothingHalfWritten(double seconds, string program, params string[] arguments)
    {
        if (arguments.Any(word => word.EndsWith(".mp4", StringComparison.Ordinal)) && !Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "ffmpeg"))))
            Assert.Inconclusive("ffmpeg is not installed.");
        var random = new Random(program.Length + arguments.Length);
        double[] moments = [.. Enumerable.Range(0, s_moments).Select(_ => random.NextDouble() * seconds)];
        // Two at a time: most of it is waiting for processes.
        foreach (var said in moments.AsParallel().AsOrdered().WithDegreeOfParallelism(2).Select(moment => Interrupted(moment, program, arguments)))
            TestContext.WriteLine(said);
    }

    private static string Interrupted(double moment, string program, string[] arguments)
    {
        var output = Directory.CreateTempSubdirectory("afterimage-interruption-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(output, "prompts.txt"), "an otter\na red circle moving left\n");
            var (code, errors) = Interrupt(moment, output, program, arguments);
            Assert.IsTrue(code is 0 or ExitCodeOfInterrupted, $"at {moment:F2} s: {code}\n{errors}");
            Assert.DoesNotContain("   at ", errors);
            foreach (var file in Directory.EnumerateFiles(output, "*", SearchOption.AllDirectories))
                Assert.IsTrue(IsWhole(file), $"at {moment:F2} s: {file} of {new FileInfo(file).Length} bytes");
            foreach (var folder in Directory.EnumerateDirectories(output, "*", SearchOption.AllDirectories))
                Assert.IsTrue(Path.GetFileName(folder) is "q.work" or "tiny" or "tmp" || Path.GetDirectoryName(folder)!.Contains("tiny", StringComparison.Ordinal), folder);
            return $"{program} at {moment:F2} s: {code}";
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    private static (int ExitCode, string Errors) Interrupt(double seconds, string output, string program, string[] arguments)
    {
        string[] words = [.. arguments.Select(word => word.Replace("OUT", output, StringComparison.Ordinal).Replace("MODEL", s_model.Path, StringComparison.Ordinal).Replace("GOLDENS", Tool.Goldens, StringComparison.Ordinal))];
        // These tests may run in the background, where SIGINT is ignored, and so it would be here.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, $"{program}.dll"), .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "2";
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // has files of its own among temporary ones
        start.Environment["TMPDIR"] = Directory.CreateDirectory(Path.Combine(output, "tmp")).FullName;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEndAsync();
        // Before that a signal ends what has not begun.
        while (!process.HasExited && !Listens(process.Id))
            Thread.Sleep(1);
        if (!process.WaitForExit(TimeSpan.FromSeconds(0.1 + seconds)))
        {
            using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
            kill.WaitForExit();
        }
        process.WaitForExit();
        return (process.ExitCode, said.Result + errors.Result);
    }

    /// <summary>Whether .NET has a thread for signals in a process, which begins when it is told to listen to any.</summary>
    private static bool Listens(int process)
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{process}/task").Any(thread => File.ReadAllText($"{thread}/comm").StartsWith(".NET SigHandler", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false; // a thread, or all of it, is gone
        }
    }

    private static bool IsWhole(string file)
    {
        var bytes = File.ReadAllBytes(file);
        switch (Path.GetExtension(file))
        {
            case ".webp":
                return bytes.Length == BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) + 8;
            case ".png":
                return bytes.AsSpan(^8..^4).SequenceEqual("IEND"u8);
            case ".mp4":
                return bytes.AsSpan().IndexOf("moov"u8) > 0;
            case ".json" or ".work":
                JsonDocument.Parse(bytes).Dispose();
                return true;
            case ".safetensors":
                SafetensorsFile.Open(file).Dispose();
                return true;
            case ".md":
                return bytes.AsSpan().IndexOf("\n```\n"u8) > 0;
            case ".svg":
                return bytes.AsSpan().IndexOf("</svg>"u8) > 0;
            case ".csv" or ".txt":
                return bytes[^1] == '\n';
            default:
                // The tokenizer and the state of training.
                return Path.GetExtension(file) is ".model" or ".state" && bytes.Length > 0;
        }
    }
}
