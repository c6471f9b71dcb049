using System.Diagnostics;

namespace Afterimage.Models.Tests;

/// <summary>
/// A process of their own for tests that measure its memory, whose large blocks glibc takes from the system and gives back at once: what earlier tests leave free in its
/// heap would be used again, and kept.
/// </summary>
internal static class MeasuringProcess
{
    public const string Category = "Measuring";

    private const string Mark = "AFTERIMAGE_TESTS_MEASURE";

    public static bool IsThis => Environment.GetEnvironmentVariable(Mark) is not null;

    /// <summary>Ends a test that is in another process.</summary>
    public static void SkipElsewhere()
    {
        if (!IsThis)
            Assert.Inconclusive("measured in a process of its own");
    }

    /// <summary>Runs the measuring tests of a class.</summary>
    public static void Run(string testClass)
    {
        if (IsThis)
            return;
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(MeasuringProcess).Assembly.Location, "--filter", $"TestCategory={Category}&FullyQualifiedName~.{testClass}."])
        {
            RedirectStandardOutput = true,
        };
        start.Environment[Mark] = "1";
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "131072";
        start.Environment["MALLOC_TRIM_THRESHOLD_"] = "131072";
        start.Environment["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] = "65536"; // What one test has made is not dropped, and made again, in the next.
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, output);
    }
}
