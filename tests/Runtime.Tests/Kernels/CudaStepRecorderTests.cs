using Afterimage.Kernels.Cuda;
using Afterimage.Kernels.Launch;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>What the driver and torch are asked for graphs, by some that keep account; no GPU is here to capture one.</summary>
[TestClass]
[DoNotParallelize]
public sealed class CudaStepRecorderTests
{
    private const nint Stream = 0x5ea;
    private static readonly string[] s_captured = ["enter stream", "torch makes", "torch begins in pool 0, 0", "is capturing", "torch ends", "leave stream"];
    private readonly List<string> _warnings = [];

    private KernelDevices Devices => new(FakeCuda.Load, _ => Stream, _warnings.Add);

    [TestInitialize]
    public void Reset()
    {
        FakeCuda.Reset();
        FakeCapture.Reset();
    }

    [TestMethod]
    public void Record_OfABody_CapturesItAsideAndLaunchesItWhereTorchIs()
    {
        using var devices = Devices;
        using var value = ones(3);
        var recorder = devices.Recorder(0, FakeCapture.Load);
        Assert.AreSame(recorder, devices.Recorder(0, FakeCapture.Load));
        Tensor? given = null;
        using (var step = recorder.Record(() => given = value.Plus(1))!)
        {
            Assert.AreSequenceEqual(["create stream", .. s_captured, "instantiate"], FakeCapture.Calls);
            Assert.IsTrue(given!.IsInvalid, "what the body gave is the caller's of the body");
            Assert.IsTrue(step.Output.equal(value.Plus(1)).all().item<bool>());
            FakeCapture.Calls.Clear();

            step.Replay();
            step.Replay();
            Assert.AreSequenceEqual(["launch in 5ea", "launch in 5ea"], FakeCapture.Calls);
            FakeCapture.Calls.Clear();
        }
        Assert.AreSequenceEqual(["destroy", "torch frees"], FakeCapture.Calls);
        Assert.AreEqual((0, 0), (FakeCapture.Alive, FakeCuda.ContextDepth));
        Assert.IsEmpty(_warnings);
    }

    [TestMethod]
    public void Record_OfAnotherBody_SharesThePoolOfTheFirst()
    {
        using var devices = Devices;
        var recorder = devices.Recorder(0, FakeCapture.Load);
        using var first = recorder.Record(() => ones(1));
        using var second = recorder.Record(() => ones(1));
        Assert.Contains("torch begins in pool 7, 0", FakeCapture.Calls);
    }

    /// <summary>torch throws where it ends a capture that is broken, so it is given one that is not.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Record_OfABodyThatWaits_EndsTheCaptureAndWarns(bool throws)
    {
        using var devices = Devices;
        var step = devices.Recorder(0, FakeCapture.Load).Record(() =>
        {
            FakeCapture.Break();
            return throws ? throw new InvalidOperationException("not while capturing") : ones(1);
        });
        Assert.IsNull(step);
        Assert.AreSequenceEqual(
            ["create stream", "enter stream", "torch makes", "torch begins in pool 0, 0", "is capturing", "end", "begin", "torch ends", "leave stream", "torch frees"], FakeCapture.Calls);
        Assert.AreEqual((0, 0), (FakeCapture.Alive, FakeCuda.ContextDepth));
        Assert.Contains(throws ? "not while capturing" : "something in it waits for the device", _warnings.Single());
    }

    [TestMethod]
    public void Record_OfABodyThatThrows_FreesWhatItTook()
    {
        using var devices = Devices;
        Assert.IsNull(devices.Recorder(0, FakeCapture.Load).Record(() => throw new InvalidOperationException("no such thing")));
        Assert.AreSequenceEqual(["create stream", .. s_captured, "torch frees"], FakeCapture.Calls);
        Assert.Contains("no such thing", _warnings.Single());
    }

    [TestMethod]
    public void Record_WhereTheDriverDoesNotInstantiate_FreesWhatItTook()
    {
        using var devices = Devices;
        FakeCapture.Refused = "instantiate";
        Assert.IsNull(devices.Recorder(0, FakeCapture.Load).Record(() => ones(1)));
        Assert.AreSequenceEqual(["create stream", .. s_captured, "instantiate", "torch frees"], FakeCapture.Calls);
        Assert.Contains("could not instantiate a graph: fake error 2 (2)", _warnings.Single());
        Assert.AreEqual(0, FakeCuda.ContextDepth);
    }

    [TestMethod]
    public void Record_WhereTheDriverOrTorchFails_Throws()
    {
        using var devices = Devices;
        foreach (var (refused, why) in new[] { ("enter stream", "torch could not use a stream"), ("is capturing", "could not tell whether a stream is capturing") })
        {
            FakeCapture.Reset();
            FakeCapture.Refused = refused;
            Assert.Contains(why, Assert.ThrowsExactly<CudaException>(() => devices.Recorder(0, FakeCapture.Load).Record(() => ones(1))).Message);
            Assert.AreEqual(0, FakeCuda.ContextDepth);
        }
        Assert.AreEqual("leave stream", FakeCapture.Calls[^1]);
    }

    [TestMethod]
    public void Replay_ThatTheDriverRefuses_Throws()
    {
        using var devices = Devices;
        using var step = devices.Recorder(0, FakeCapture.Load).Record(() => ones(1))!;
        FakeCapture.Refused = "launch in 5ea";
        Assert.Contains("could not launch a graph", Assert.ThrowsExactly<CudaException>(step.Replay).Message);
    }

    [TestMethod]
    public void Recorder_OfALibtorchThatLacksAFunction_SaysWhich()
    {
        var exports = FakeCapture.Torch;
        foreach (var name in exports.Keys)
        {
            var missing = Assert.ThrowsExactly<EntryPointNotFoundException>(
                () => new TorchCapture(asked => asked == name ? throw new EntryPointNotFoundException(asked) : exports[asked]));
            Assert.AreEqual(name, missing.Message);
        }
    }

    [TestMethod]
    public void Of_TensorsThatAreNotOnOneCudaDevice_NamesTheFirst()
    {
        using var here = ones(1);
        var exception = Assert.ThrowsExactly<NotSupportedException>(() => CudaStepRecorder.Of([null, here], ["mask", "timestep"]));
        Assert.Contains("'timestep' is on cpu. Move it there, or leave out CudaGraphs", exception.Message);
    }
}
