using System.Diagnostics;

namespace Afterimage.Cli.Tests.Hostile;

/// <summary>Runs a case and says what is wrong with how it ended.</summary>
internal static class HostileRun
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);

    /// <summary>Null if the case ended as it may.</summary>
    public static string? Complaint(HostileCase one, string pattern)
    {
        using var folder = HostileFolder.Of(pattern);
        one.Prepare?.Invoke(folder);
        string[] arguments = [.. one.Arguments.Select(argument =>
            argument.StartsWith("@/", StringComparison.Ordinal) ? folder[argument[2..]] : argument)];
        var end = one.InChild ? InChild(arguments, folder.Path, one.Environment) : ThisProcess.Run(arguments, s_longest);
        return end is null ? $"did not end within {s_longest.TotalSeconds} s" : Judge(end, one.Outcome);
    }

    private static string? Judge(Tool.Result end, Outcome outcome)
    {
        var code = end.ExitCode;
        var last = end.Errors.TrimEnd().Split('\n')[^1];
        return (code, outcome) switch
        {
            _ when end.Errors.Contains("   at ", StringComparison.Ordinal) => $"a stack trace: {end.Errors}",
            (not (>= 0 and <= 3), _) => $"ended with {code}: {last}",
            (0, Outcome.Refused) => $"was accepted: {end.Output.Trim().Split('\n')[^1]}",
            (not 0, Outcome.Accepted) => $"was refused: {last}",
            (0, _) => null,
            // A report of recordings that fail is a value.
            _ when end.Output.Contains("compared recordings passed", StringComparison.Ordinal) || last.StartsWith("not supported: ", StringComparison.Ordinal) => null,
            _ when end.Complaints.Count != 1 || !last.StartsWith("afterimage: ", StringComparison.Ordinal) => $"not one line: {end.Errors}{end.Output}",
            _ when last.Length < 20 => $"says little: {last}",
            _ when s_empty.FirstOrDefault(last.Contains) is { } text => $"says '{text}': {last}",
            _ => null,
        };
    }

    // What is thrown by nobody who meant it.
    private static readonly string[] s_empty =
        ["Object reference", "Index was out", "Sequence contains", "type initializer", "given key", "Specified argument was out of", "Arithmetic operation"];

    private static Tool.Result? InChild(string[] arguments, string folder, IReadOnlyDictionary<string, string> environment)
    {
        // 16 GiB of addresses: what asks for more fails, instead of taking the machine's memory.
        var start = new ProcessStartInfo("sh", ["-c", "ulimit -v 16777216; exec dotnet exec \"$@\"", "sh", Path.Combine(AppContext.BaseDirectory, "Afterimage.Cli.dll"), .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        foreach (var (variable, value) in environment)
            start.Environment[variable] = value;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (process.WaitForExit(s_longest))
            return new(process.ExitCode, output.Result, errors.Result);
        process.Kill(entireProcessTree: true);
        return null;
    }
}
