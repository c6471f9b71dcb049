using System.Diagnostics;
using System.Text.Json;

namespace Afterimage.Cli.Tests;

/// <summary>Runs the program, in this process or as a shell would.</summary>
internal static class Tool
{
    // Of what runs in this process: nothing that ends is as slow, wherever it runs.
    private static readonly TimeSpan s_forever = TimeSpan.FromMinutes(10);

    private static readonly IReadOnlyDictionary<string, string> s_sameEnvironment = new Dictionary<string, string>();

    public static string Goldens { get; } = Path.Combine(AppContext.BaseDirectory, "Goldens");

    /// <summary>Runs it in this process.</summary>
    public static Result Run(params string[] arguments) =>
        ThisProcess.Run(arguments, s_forever) ?? throw new TimeoutException($"{string.Join(' ', arguments)} did not end within {s_forever}.");

    /// <summary>Runs it in this process, with some variables of the environment that it reads itself other than they are.</summary>
    public static Result RunWith(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        ThisProcess.RunWith(environment, arguments, s_forever) ?? throw new TimeoutException($"{string.Join(' ', arguments)} did not end within {s_forever}.");

    /// <summary>Runs it in a process of its own.</summary>
    public static Result RunProcess(params string[] arguments) => RunProgram("Afterimage.Cli", arguments);

    /// <summary>Runs another program that this project refers to.</summary>
    public static Result RunProgram(string name, params string[] arguments) => End(Start(name, arguments, s_sameEnvironment));

    /// <summary>As <see cref="RunProgram"/>, with some variables of its environment other than here.</summary>
    public static Result RunProgramIn(IReadOnlyDictionary<string, string> environment, string name, params string[] arguments) =>
        End(Start(name, arguments, environment));

    /// <summary>Runs it in a process of its own, with some variables of its environment other than here.</summary>
    public static Result RunIn(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        End(Start("Afterimage.Cli", arguments, environment));

    /// <summary>Runs it in a process of its own, in another folder.</summary>
    public static Result RunFrom(string folder, params string[] arguments) =>
        End(Start("Afterimage.Cli", arguments, s_sameEnvironment, folder));

    /// <summary>Begins a process and does not wait for it.</summary>
    public static Process Start(params string[] arguments) => Start("Afterimage.Cli", arguments, s_sameEnvironment);

    /// <summary>A copy of a recorded case that a test may spoil.</summary>
    public static string Copy(string name)
    {
        var target = Directory.CreateTempSubdirectory("afterimage-case-").FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(Goldens, name), "*", SearchOption.AllDirectories))
        {
            var path = Path.Combine(target, Path.GetRelativePath(Path.Combine(Goldens, name), file));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(file, path);
        }
        return target;
    }

    private static Process Start(string name, string[] arguments, IReadOnlyDictionary<string, string> environment, string? folder = null)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, $"{name}.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        // Tiny tensors are faster on one thread, and other tests may be running beside.
        start.Environment["OMP_NUM_THREADS"] = "1";
        foreach (var (variable, value) in environment)
            start.Environment[variable] = value;
        return Process.Start(start)!;
    }

    private static Result End(Process started)
    {
        using var process = started;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Result(process.ExitCode, output, errors.Result);
    }

    internal sealed record Result(int ExitCode, string Output, string Errors)
    {
        /// <summary>The lines on the error stream that are not the progress bar's.</summary>
        public IReadOnlyList<string> Complaints =>
            [.. Errors.Split('\n').Where(line => line.StartsWith("afterimage:", StringComparison.Ordinal))];

        public JsonElement Json => JsonDocument.Parse(Output).RootElement;

        public void AssertExit(int code) => Assert.AreEqual(code, ExitCode, $"{Output}\n{Errors}");

        /// <summary>An error is one line, and no stack trace.</summary>
        public void AssertError(int code, params string[] parts)
        {
            AssertExit(code);
            Assert.HasCount(1, Complaints, Errors);
            foreach (var part in parts)
                Assert.Contains(part, Complaints[0]);
            Assert.DoesNotContain("   at ", Errors);
        }
    }
}
