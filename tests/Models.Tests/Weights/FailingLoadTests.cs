using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>A load that fails or is cancelled leaves no tensor and no open file, whichever model it was of.</summary>
[TestClass]
public sealed class FailingLoadTests
{
    private const string Weights = "diffusion_pytorch_model.safetensors";

    private static readonly Dictionary<string, Func<string, IProgress<LoadProgress>?, CancellationToken, nn.Module>> Models = new()
    {
        ["cogvideox-2b-tiny"] = (folder, progress, cancel) => CogVideoXTransformer3DModel.FromPretrained(folder, null, null, progress, cancel),
        ["cogvideox-5b-tiny"] = (folder, progress, cancel) => CogVideoXTransformer3DModel.FromPretrained(folder, null, null, progress, cancel),
        ["flux-tiny"] = (folder, progress, cancel) => FluxTransformer2DModel.FromPretrained(folder, null, null, progress, cancel),
        ["allegro-tiny"] = (folder, progress, cancel) => AllegroTransformer3DModel.FromPretrained(folder, null, null, progress, cancel),
        ["hunyuan-video-tiny"] = (folder, progress, cancel) => HunyuanVideoTransformer3DModel.FromPretrained(folder, null, null, progress, cancel),
        ["latte-tiny"] = (folder, progress, cancel) => LatteTransformer3DModel.FromPretrained(folder, null, null, progress, cancel),
        ["wan-tiny"] = (folder, progress, cancel) => WanTransformer3DModel.FromPretrained(folder, null, null, progress, cancel),
    };

    private static IEnumerable<object[]> Names => Models.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void FromPretrained_Cancelled_LeavesNothing(string name)
    {
        var source = Recording.PathOf(name, "model");
        using var cancellation = new CancellationTokenSource();
        var progress = new Callback(report =>
        {
            if (report.BytesRead * 2 > report.BytesTotal)
                cancellation.Cancel();
        });

        AssertLeavesNothing(source, () => Assert.ThrowsExactly<OperationCanceledException>(() => Models[name](source, progress, cancellation.Token)));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void FromPretrained_WhereTheReporterThrows_LeavesNothing(string name)
    {
        var source = Recording.PathOf(name, "model");
        var progress = new Callback(report => throw new NotSupportedException());

        AssertLeavesNothing(source, () => Assert.ThrowsExactly<NotSupportedException>(() => Models[name](source, progress, default)));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void FromPretrained_OfWeightsThatDoNotFit_LeavesNothing(string name)
    {
        using var folder = new ScratchFolder();
        CopyOf(name, folder);
        using (NewDisposeScope())
            SafetensorsWriter.Write(folder[Weights], new Dictionary<string, Tensor> { ["x"] = zeros(1) });

        AssertLeavesNothing(folder.Path, () => Assert.ThrowsExactly<InvalidDataException>(() => Models[name](folder.Path, null, default)));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void FromPretrained_OfATruncatedFile_LeavesNothing(string name)
    {
        using var folder = new ScratchFolder();
        CopyOf(name, folder);
        using (var stream = File.OpenWrite(folder[Weights]))
            stream.SetLength(stream.Length - 1);

        AssertLeavesNothing(folder.Path, () => Assert.ThrowsExactly<InvalidDataException>(() => Models[name](folder.Path, null, default)));
    }

    private static void AssertLeavesNothing(string folder, Action fail)
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        fail();
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.IsEmpty(OpenFilesIn(folder));
    }

    /// <summary>What this process holds open in a folder, where the system tells.</summary>
    private static string[] OpenFilesIn(string folder) => !OperatingSystem.IsLinux() ? [] :
    [
        .. Directory.GetFiles("/proc/self/fd")
            .Select(descriptor => new FileInfo(descriptor).LinkTarget ?? "")
            .Where(target => target.StartsWith(folder, StringComparison.Ordinal)),
    ];

    private static void CopyOf(string name, ScratchFolder folder)
    {
        foreach (var file in Directory.GetFiles(Recording.PathOf(name, "model")))
            File.Copy(file, folder[Path.GetFileName(file)]);
    }

    private sealed class Callback(Action<LoadProgress> report) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => report(value);
    }
}
