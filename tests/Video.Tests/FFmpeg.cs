using System.Diagnostics;

namespace Afterimage.Video.Tests;

/// <summary>The programs that are installed, if they are.</summary>
internal static class FFmpeg
{
    public static void Require()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        foreach (var program in new[] { "ffmpeg", "ffprobe" })
        {
            var file = OperatingSystem.IsWindows() ? program + ".exe" : program;
            if (!folders.Any(folder => File.Exists(Path.Combine(folder, file))))
                Assert.Inconclusive($"{program} is not installed.");
        }
    }

    /// <summary>What a program writes to its standard output.</summary>
    public static byte[] Output(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, errors.Result);
        return output.ToArray();
    }
}
