using System.Collections;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class SafetensorsWriterTests
{
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Write_ToAFullDisk_Throws()
    {
        using var scope = NewDisposeScope();
        using var stream = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Assert.ThrowsExactly<IOException>(() => SafetensorsWriter.Write(
            stream, new Dictionary<string, Tensor> { ["x"] = zeros(1000) }, null, CancellationToken.None));

        Assert.AreEqual(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount, "one that the test made");
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void WholeFile_ThatFillsTheDisk_LeavesWhatWasThere()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["x"], "before");

        Assert.ThrowsExactly<IOException>(() => WholeFile.Write(folder["x"], stream =>
        {
            stream.WriteByte(1);
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            full.WriteByte(1);
        }));

        AssertUntouched(folder);
    }

    [TestMethod]
    public void Write_Cancelled_LeavesWhatWasThere()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["x"], "before");
        using var cancellation = new CancellationTokenSource();
        var tensors = new CancelAtSecond(cancellation, new() { ["a"] = zeros(100), ["b"] = zeros(100), ["c"] = zeros(100) });

        Assert.ThrowsExactly<OperationCanceledException>(() => SafetensorsWriter.Write(folder["x"], tensors, null, cancellation.Token));

        AssertUntouched(folder);
    }

    [TestMethod]
    public void Write_OfATensorWithoutMemory_LeavesWhatWasThere()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["x"], "before");
        var tensors = new Dictionary<string, Tensor> { ["a"] = zeros(100), ["b"] = empty(100, device: META) };

        var error = Assert.ThrowsExactly<ArgumentException>(() => SafetensorsWriter.Write(folder["x"], tensors));

        StringAssert.Contains(error.Message, "tensor 'b' is on the meta device");
        AssertUntouched(folder);
    }

    [TestMethod]
    public void Write_OverAFile_ReplacesIt()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["x"], "before");

        SafetensorsWriter.Write(folder["x"], new Dictionary<string, Tensor> { ["a"] = TensorArithmetic.Range(7) });

        using var file = SafetensorsFile.Open(folder["x"]);
        TensorAssert.Same(TensorArithmetic.Range(7), file.ReadTensor("a"));
        CollectionAssert.AreEqual(new[] { folder["x"] }, Directory.GetFiles(folder.Path));
    }

    private static void AssertUntouched(ScratchFolder folder)
    {
        CollectionAssert.AreEqual(new[] { folder["x"] }, Directory.GetFiles(folder.Path));
        Assert.AreEqual("before", File.ReadAllText(folder["x"]));
    }

    /// <summary>Tensors that are cancelled once the first of them has been written.</summary>
    private sealed class CancelAtSecond(CancellationTokenSource cancellation, Dictionary<string, Tensor> tensors)
        : IReadOnlyCollection<KeyValuePair<string, Tensor>>
    {
        private int _readings;

        public int Count => tensors.Count;

        public IEnumerator<KeyValuePair<string, Tensor>> GetEnumerator()
        {
            // The first reading is for the header.
            var data = _readings++ > 0;
            foreach (var (item, i) in tensors.Select((item, i) => (item, i)))
            {
                if (data && i == 1)
                    cancellation.Cancel();
                yield return item;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
