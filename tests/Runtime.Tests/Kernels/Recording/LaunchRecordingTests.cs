using Afterimage.Kernels.Launch;

namespace Afterimage.Runtime.Tests.Kernels.Recording;

/// <summary>
/// Launches of every kernel, for <c>tests/Device/launches.py</c>. AFTERIMAGE_LAUNCHES names a folder to keep them in, as <c>pack.sh</c> does.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class LaunchRecordingTests
{
    private string? _temporary;

    [TestCleanup]
    public void Delete()
    {
        if (_temporary is not null)
            Directory.Delete(_temporary, recursive: true);
    }

    [TestMethod]
    public void Recording_OfEveryKernel_RunsFromItsFiles()
    {
        var folder = Environment.GetEnvironmentVariable("AFTERIMAGE_LAUNCHES") is { Length: > 0 } kept ? kept : Temporary();
        Record(folder, Kernel.All.Select(kernel => kernel.Name), 33, 1000);

        var differences = LaunchReplay.Differences(folder);
        var all = Kernel.All.Select(kernel => kernel.Name).Order(StringComparer.Ordinal);
        Assert.AreSequenceEqual(all, differences.Keys.Order(StringComparer.Ordinal));
        Assert.AreEqual(0, differences.Values.Sum(), string.Join(", ", differences.Where(kernel => kernel.Value > 0)));
    }

    /// <summary>Every launch of a kernel that adds where it subtracted leaves other memory.</summary>
    [TestMethod]
    public void Replay_OfAnotherKernel_Differs()
    {
        const string Kernel = "difference.float32.x1";
        var folder = Temporary();
        Record(folder, [Kernel], 33);
        var path = Path.Combine(folder, $"{Kernel}.ptx");
        var ptx = File.ReadAllText(path);
        Assert.Contains("sub.f32", ptx);
        File.WriteAllText(path, ptx.Replace("sub.f32", "add.f32", StringComparison.Ordinal));

        var differences = LaunchReplay.Differences(folder);
        var launches = File.ReadLines(Path.Combine(folder, RecordedLaunch.List)).Count(line => line.Contains(Kernel, StringComparison.Ordinal));
        Assert.AreEqual(launches, differences[Kernel]);
        Assert.AreEqual(differences[Kernel], differences.Values.Sum());
    }

    /// <summary>Only launches whose results are the same on every device, bit for bit.</summary>
    private static void Record(string folder, IEnumerable<string> kernels, params ReadOnlySpan<long> lengths)
    {
        using var recording = new LaunchRecording(folder);
        using var launcher = new PtxLauncher(recording: recording);
        // Operations that launch several kernels are run once.
        foreach (var kernel in kernels)
        {
            if (!launcher.Launched.Contains(kernel))
                KernelTwins.CompareExactly(kernel, launcher, lengths);
        }
    }

    private string Temporary() => _temporary = Directory.CreateTempSubdirectory("afterimage-launches-").FullName;
}
