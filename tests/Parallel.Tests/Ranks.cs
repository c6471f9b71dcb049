using System.Diagnostics;
using Afterimage.Tests;

namespace Afterimage.Parallel.Tests;

/// <summary>What ranks that mpiexec has started came to.</summary>
/// <param name="ExitCode">mpiexec's.</param>
/// <param name="Output">What the ranks wrote.</param>
/// <param name="Errors">What they wrote on the error stream, mpiexec's own lines among it.</param>
internal sealed record Ranks(int ExitCode, string Output, string Errors)
{
    // Of every rank's end, however busy the machine: far more than any of them takes.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    /// <summary>Starts this program again, as ranks, and waits for their end.</summary>
    /// <param name="count">How many.</param>
    /// <param name="work">What they do; see <see cref="RankWork"/>.</param>
    /// <param name="options">More for mpiexec.</param>
    public static async Task<Ranks> Run(int count, string work, params IEnumerable<string> options)
    {
        var program = System.Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, "exec", typeof(Ranks).Assembly.Location] : [program];
        var start = new ProcessStartInfo(Mpiexec.Find(), ["-n", $"{count}", .. options, .. self, "rank", work]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{count} ranks that do '{work}' have not ended in {s_limit}: {await errors}{await output}");
        }
        return new Ranks(process.ExitCode, await output, await errors);
    }
}
