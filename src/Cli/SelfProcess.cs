using System.Diagnostics;
using System.Reflection;
using Afterimage.Models;

namespace Afterimage.Cli;

/// <summary>This program in a process of its own, whose memory nothing else was in before.</summary>
internal static class SelfProcess
{
    /// <summary>Runs a command, which writes where this process writes.</summary>
    /// <returns>Its exit code.</returns>
    public static async Task<int> Run(IEnumerable<string> command, CancellationToken cancellationToken)
    {
        using var process = Process.Start(StartOf(command))!;
        await End(process, cancellationToken);
        return process.ExitCode;
    }

    /// <summary>Runs a command and reads what it writes.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message is its own.</exception>
    public static async Task<string> Read(IEnumerable<string> command, CancellationToken cancellationToken)
    {
        var start = StartOf(command);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        await End(process, cancellationToken);
        const string Mark = "afterimage: ";
        return process.ExitCode == ExitCode.Success ? await output : throw new InvalidOperationException(
            $"A run in a process of its own ended with exit code {process.ExitCode}: "
            + ((await errors).Split('\n').FirstOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal))?[Mark.Length..]
                ?? "it gave no reason, as where the system is out of memory."));
    }

    private static async Task End(Process process, CancellationToken cancellationToken)
    {
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    private static ProcessStartInfo StartOf(IEnumerable<string> command)
    {
        var own = typeof(SelfProcess).Assembly;
        var program = Environment.ProcessPath!;
        string[] arguments = [.. command, .. MemoryEstimate.IsIgnored ? ["--force"] : Array.Empty<string>()];
        // Under the dotnet host, and in another program that this one is a part of, what runs is the host, and this program is its first argument.
        var isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return Assembly.GetEntryAssembly() == own && !isHost
            ? new ProcessStartInfo(program, arguments)
            : new ProcessStartInfo(isHost ? program : "dotnet", ["exec", own.Location, .. arguments]);
    }
}
