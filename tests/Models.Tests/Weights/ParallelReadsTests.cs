using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Tensors of many chunks, read by several threads where there are several processors, on their way to a device or not.</summary>
[TestClass]
public sealed class ParallelReadsTests
{
    /// <summary>Three chunks and a bit, in float32.</summary>
    private const long Count = (13 << 20) / 4;

    private static readonly string[] s_names = ["a", "b", "c"];

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    [DataRow(ScalarType.Float64)]
    public void Run_OverSeveralFiles_ReadsEveryElement(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var files = new Files(folder);
        var targets = s_names.ToDictionary(name => name, _ => zeros(Count, dtype: type));
        var reports = new List<long>();
        var reporters = 0;

        ParallelReads.Run(
            s_names.Select(name => files[name].Reading(name, targets[name])),
            bytes =>
            {
                Assert.AreEqual(1, Interlocked.Increment(ref reporters));
                reports.Add(bytes);
                Interlocked.Decrement(ref reporters);
            },
            default);

        foreach (var name in s_names)
            TensorAssert.Same(files.Values[name].to(type), targets[name], name);
        Assert.AreEqual(s_names.Length * Count * 4, reports.Sum());
        Assert.IsLessThanOrEqualTo(4 << 20, reports.Max());
    }

    [TestMethod]
    public void Run_OfTensorsMadeInInferenceMode_WritesToThem()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var files = new Files(folder);
        Tensor target;
        using (inference_mode())
        {
            target = zeros(Count, dtype: ScalarType.BFloat16);
            files["a"].CopyTo("a", target);
        }

        TensorAssert.Same(files.Values["a"].to(ScalarType.BFloat16), target);
    }

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void Run_ThroughStaging_OverwritesNothingThatIsStillToBeCopied(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var files = new Files(folder);
        var targets = s_names.ToDictionary(name => name, _ => zeros(Count, dtype: type));
        var (made, gate) = (0, new Lock());

        ParallelReads.Run([.. s_names.Select(name => files[name].Reading(name, targets[name]))], Staging, static _ => { }, default);

        foreach (var name in s_names)
            TensorAssert.Same(files.Values[name].to(type), targets[name], name);
        Assert.IsLessThanOrEqualTo(2 * Environment.ProcessorCount, made);

        // As a device does it at its latest: nothing is copied before it is waited for.
        HostStaging Staging()
        {
            var begun = new List<(Tensor Source, Tensor Target)>();
            return new HostStaging(
                dtype =>
                {
                    lock (gate)
                        made++;
                    return empty([TensorRead.ChunkBytes / ModelSize.BytesOf(dtype)], dtype: dtype, device: CPU);
                },
                (source, target) => begun.Add((source.alias().DetachFromDisposeScope(), target.alias().DetachFromDisposeScope())),
                () =>
                {
                    foreach (var (source, target) in begun)
                    {
                        target.copy_(source).Dispose();
                        source.Dispose();
                        target.Dispose();
                    }
                    begun.Clear();
                });
        }
    }

    [TestMethod]
    public void Staging_HandsABufferOutAgain_OnlyAfterItHasWaited()
    {
        var waits = 0;
        var before = LiveTensors.CountAtStart();
        using (var staging = new HostStaging(dtype => empty(1, dtype: dtype), static (_, _) => { }, () => waits++))
        {
            var first = staging.Next(ScalarType.Float32);
            var second = staging.Next(ScalarType.Float32);
            Assert.AreNotSame(first, second);
            Assert.AreNotSame(first, staging.Next(ScalarType.BFloat16));
            Assert.AreEqual(0, waits);

            Assert.AreSame(first, staging.Next(ScalarType.Float32));
            Assert.AreEqual(1, waits);
            Assert.AreSame(second, staging.Next(ScalarType.Float32));
            Assert.AreEqual(1, waits);
        }

        Assert.AreEqual(2, waits);
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)] // Windows does not let an open file shrink.
    public void Run_OfAFileThatShrank_NamesItAndTheTensorAndLeavesNothing()
    {
        using var folder = new ScratchFolder();
        using var files = new Files(folder);
        Process.Start("truncate", ["-s", "5000000", files["b"].Path]).WaitForExit();
        using var target = zeros(Count);
        var before = LiveTensors.CountAtStart();

        var error = Assert.ThrowsExactly<InvalidDataException>(() => files["b"].CopyTo("b", target));

        StringAssert.StartsWith(error.Message, $"{files["b"].Path}: tensor 'b': expected ");
        StringAssert.Contains(error.Message, "written to meanwhile?");
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    public void Run_CancelledByItsReporter_StopsAndLeavesNothing()
    {
        using var folder = new ScratchFolder();
        using var files = new Files(folder);
        using var target = zeros(Count);
        using var cancellation = new CancellationTokenSource();
        var before = LiveTensors.CountAtStart();

        Assert.ThrowsExactly<OperationCanceledException>(() => ParallelReads.Run(
            Enumerable.Repeat(files["a"].Reading("a", target), 20), _ => cancellation.Cancel(), cancellation.Token));

        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    public void Run_WhoseReporterThrows_ThrowsTheSame()
    {
        using var folder = new ScratchFolder();
        using var files = new Files(folder);
        using var target = zeros(Count);

        Assert.ThrowsExactly<NotSupportedException>(() => ParallelReads.Run(
            [files["a"].Reading("a", target)], _ => throw new NotSupportedException(), default));
    }

    /// <summary>A file for each tensor, of whole numbers that all types have.</summary>
    private sealed class Files : IDisposable
    {
        private readonly Dictionary<string, SafetensorsFile> _files = [];

        public Files(ScratchFolder folder)
        {
            foreach (var name in s_names)
            {
                using var scope = NewDisposeScope();
                var numbers = TensorArithmetic.Range(Count).Plus(name[0]).remainder(tensor(251f)).DetachFromDisposeScope();
                Values.Add(name, numbers);
                SafetensorsWriter.Write(folder[$"{name}.safetensors"], new Dictionary<string, Tensor> { [name] = numbers });
                _files.Add(name, SafetensorsFile.Open(folder[$"{name}.safetensors"]));
            }
        }

        public Dictionary<string, Tensor> Values { get; } = [];

        public SafetensorsFile this[string name] => _files[name];

        public void Dispose()
        {
            foreach (var file in _files.Values)
                file.Dispose();
            foreach (var values in Values.Values)
                values.Dispose();
        }
    }
}
