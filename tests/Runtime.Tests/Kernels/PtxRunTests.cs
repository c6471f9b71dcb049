using Afterimage.Kernels.Launch;

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>Every kernel's recorded PTX, run.</summary>
[TestClass]
[DoNotParallelize]
public sealed class PtxRunTests
{
    private const string Resource = "Afterimage.Kernels.";
    private const string Extension = ".ptx";

    private static IEnumerable<string> Recorded =>
        from name in typeof(Kernel).Assembly.GetManifestResourceNames()
        where name.EndsWith(Extension, StringComparison.Ordinal)
        select name[Resource.Length..^Extension.Length];

    /// <summary>Without how much a thread takes: what is launched for four elements a thread is launched for one, too.</summary>
    private static IEnumerable<string> Operations => Recorded.Select(WithoutPack).Distinct();

    [TestMethod]
    [DynamicData(nameof(Operations))]
    public void RecordedPtx_OverOddLengths_IsItsTorchTwin(string operation)
    {
        using var launcher = new PtxLauncher();
        KernelTwins.Compare(operation, launcher, 1, 3, 4, 31, 32, 33, 255, 256, 257, 999, 1000, 1001, 2329);
        foreach (var kernel in Recorded.Where(kernel => WithoutPack(kernel) == operation))
            Assert.Contains(kernel, launcher.Launched);
    }

    /// <summary>Without this, a kernel that is not embedded would be a kernel that is not run.</summary>
    [TestMethod]
    public void Recorded_IsEveryKernel() =>
        Assert.AreSequenceEqual(Kernel.All.Select(kernel => kernel.Name).Order(StringComparer.Ordinal), Recorded.Order(StringComparer.Ordinal));

    private static string WithoutPack(string kernel) =>
        kernel.EndsWith(".x1", StringComparison.Ordinal) || kernel.EndsWith(".x4", StringComparison.Ordinal) ? kernel[..^3] : kernel;
}
