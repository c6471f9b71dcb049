using Afterimage.Kernels;
using Afterimage.Kernels.Cuda;
using Afterimage.Kernels.Launch;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>What the CUDA driver is asked, by a driver that keeps account; what a kernel computes is tested elsewhere.</summary>
[TestClass]
[DoNotParallelize]
public sealed class CudaDeviceTests
{
    private const nint Stream = 0x5ea;
    private readonly List<string> _warnings = [];

    private KernelDevices Devices => new(FakeCuda.Load, _ => Stream, _warnings.Add);

    [TestInitialize]
    public void Reset() => FakeCuda.Reset();

    [TestMethod]
    public unsafe void Launch_OfAKernel_PassesViewsAndNumbersAsThePtxDeclaresThem()
    {
        using var scope = NewDisposeScope();
        using var devices = Devices;
        using var tables = new WeightTables();
        using var ring = new Ring(3, [1032], ScalarType.Float32, CPU);
        var result = ones(1032);
        var device = devices.Ready(0, [.. Combine.Kernels])!;
        var launched = new List<(string Entry, uint Blocks, int Index, nint Newest, long Length, nint Before, float W, nint Result)>();
        FakeCuda.Launched = (function, blocks, threads, stream, arguments) =>
        {
            Assert.AreEqual(256u, threads);
            Assert.AreEqual(Stream, stream);
            launched.Add((function.Entry, blocks, *(int*)arguments[0], ((nint*)arguments[1])[0], ((long*)arguments[1])[1], ((nint*)arguments[2])[0],
                *(float*)arguments[3], ((nint*)arguments[4])[0]));
        };
        Combine.Launch(device, result, ring, 1, [1.5, -0.5], tables);

        // 258 packs of four take two blocks.
        Assert.AreSequenceEqual(
            [("Kernel_Extrapolate", 2u, 258, TensorMemory.AddressOf(ring[1]), 258L, TensorMemory.AddressOf(ring[0]), 0.5f, TensorMemory.AddressOf(result))], launched);
        Assert.AreEqual(0, FakeCuda.ContextDepth);
    }

    [TestMethod]
    public unsafe void Launch_OfSeveralRows_PassesThemAsOneViewInPacksThatFitTheirStride()
    {
        using var scope = NewDisposeScope();
        using var devices = Devices;
        using var tables = new WeightTables();
        var device = devices.Ready(0, [.. Combine.Kernels])!;
        var launched = new List<(uint Blocks, int Index, nint Ring, long Length, long Stride, int Count, int Oldest, int Newest, int Weights, float First, nint Result)>();
        FakeCuda.Launched = (function, blocks, threads, stream, arguments) =>
        {
            Assert.AreEqual("Kernel_Combine", function.Entry);
            launched.Add((blocks, *(int*)arguments[0], ((nint*)arguments[1])[0], ((long*)arguments[1])[1], *(long*)arguments[2], *(int*)arguments[3],
                *(int*)arguments[4], *(int*)arguments[5], (int)((long*)arguments[6])[1], **(float**)arguments[6], ((nint*)arguments[7])[0]));
        };
        foreach (var (count, length) in new[] { (3, 1032L), (3, 1030L), (1, 1030L) })
        {
            using var ring = new Ring(count, [length], ScalarType.Float32, CPU);
            var (result, newest) = (ones(length), count / 2);
            var (values, target) = (TensorMemory.AddressOf(ring.Whole), TensorMemory.AddressOf(result));
            launched.Clear();
            Combine.Launch(device, result, ring, newest, count == 1 ? [2] : [2, 0.5], tables);
            Assert.AreSequenceEqual((count, length) switch
            {
                (3, 1032) => [(2u, 258, values, 774L, 258L, 3, 0, 1, 2, 0.5f, target)],
                // Its rows but the first begin between two packs.
                (3, _) => [(5u, 1030, values, 3090L, 1030L, 3, 0, 1, 2, 0.5f, target)],
                // Two elements are left over.
                _ => [(2u, 257, values, 257L, 257L, 1, 0, 0, 1, 2f, target), (1u, 2, values + 1028 * 4, 2L, 1030L, 1, 0, 0, 1, 2f, target + 1028 * 4)],
            }, launched);
        }
    }

    [TestMethod]
    public void Launch_OfNothing_AsksNothingOfTheDriver()
    {
        using var devices = Devices;
        CombineTwo(devices.Ready(0, [.. Combine.Kernels])!, 0, [2, 0.5]);
        Assert.AreEqual(0, FakeCuda.Launches);
    }

    [TestMethod]
    public void LaunchBatch_OfLatents_IsOneLaunch()
    {
        using var scope = NewDisposeScope();
        using var devices = Devices;
        var device = devices.Ready(0, [.. FrequencyBlend.Kernels])!;
        var latents = ones([1, 3, 16, 5, 7]);
        FrequencyBlend.LaunchBatch(device, latents, latents, latents, 1.1, 0.9);
        Assert.AreEqual(1, FakeCuda.Launches);
    }

    [TestMethod]
    public void EveryKernel_LoadsOnce_AndNothingSurvivesDisposal()
    {
        var devices = Devices;
        for (var i = 0; i < 3; i++)
            Assert.IsNotNull(devices.Ready(0, [.. Kernel.All]));
        Assert.AreEqual(Kernel.All.Count, FakeCuda.ModulesEverLoaded);
        Assert.AreEqual(Kernel.All.Count, FakeCuda.Modules);
        Assert.AreEqual(1, FakeCuda.Contexts);

        devices.Dispose();
        Assert.AreEqual((0, 0), (FakeCuda.Modules, FakeCuda.Contexts));

        // It can start again, as after a model was unloaded and another loaded.
        Assert.IsNotNull(devices.Ready(0, [.. Kernel.All]));
        devices.Dispose();
        devices.Dispose();
        Assert.AreEqual((0, 0), (FakeCuda.Modules, FakeCuda.Contexts));
        Assert.IsEmpty(_warnings);
    }

    [TestMethod]
    public void Dispose_WhenTheDriverDoesNotUnload_GivesTheContextBackAndCanStartAgain()
    {
        using var devices = Devices;
        Assert.IsNotNull(devices.Ready(0, Kernel.All[0]));
        FakeCuda.ModuleUnloadResult = 700;
        Assert.Contains("unload the kernel", Assert.ThrowsExactly<CudaException>(devices.Dispose).Message);
        Assert.AreEqual((0, 0), (FakeCuda.Contexts, FakeCuda.ContextDepth));
        FakeCuda.ModuleUnloadResult = 0;
        Assert.IsNotNull(devices.Ready(0, Kernel.All[0]));
    }

    [TestMethod]
    public void ManyThreads_LoadEachKernelOnce()
    {
        using var devices = Devices;
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            CombineTwo(devices.Ready(0, [.. Combine.Kernels])!, 8, [1.5, -0.5]);
            Assert.AreEqual(0, FakeCuda.ContextDepth);
        });
        Assert.AreEqual(Combine.Kernels.Count(), FakeCuda.ModulesEverLoaded);
        Assert.AreEqual(64, FakeCuda.Launches);
    }

    [TestMethod]
    public void RegistersOf_ALoadedKernel_IsWhatTheDriverTells()
    {
        using var devices = Devices;
        Assert.AreEqual(32, devices.Ready(0, Kernel.All[0])!.RegistersOf(Kernel.All[0]));
        Assert.AreEqual(0, FakeCuda.ContextDepth);
    }

    [TestMethod]
    public void Launch_OfAKernelThatIsNotLoaded_IsRefused()
    {
        using var devices = Devices;
        var device = devices.Ready(0)!;
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => CombineTwo(device, 8, [1.5, -0.5]));
        Assert.Contains("extrapolate.float32.x4", error.Message);
    }

    [TestMethod]
    public void Ready_WithoutADriver_IsOneWarningAndTorch()
    {
        using var devices = new KernelDevices(() => throw new DllNotFoundException("No libcuda."), _ => 0, _warnings.Add);
        Assert.IsNull(devices.Ready(0, Kernel.All[0]));
        Assert.IsNull(devices.Ready(0, Kernel.All[0]));
        Assert.HasCount(1, _warnings);
        Assert.Contains("No libcuda.", _warnings[0]);
        Assert.Contains("torch operations take their place", _warnings[0]);
        Assert.AreEqual("No libcuda.", devices.FailureOf(0));
    }

    [TestMethod]
    public void Ready_WhenTheDriverDoesNotStart_IsOneWarningAndTorch()
    {
        FakeCuda.InitResult = 100;
        using var devices = Devices;
        Assert.IsNull(devices.Ready(0, Kernel.All[0]));
        Assert.IsNull(devices.Ready(0, Kernel.All[0]));
        Assert.HasCount(1, _warnings);
        Assert.Contains("fake error 100", _warnings[0]);
    }

    [TestMethod]
    public void Ready_WhenAKernelDoesNotLoad_IsOneWarningAndTorch()
    {
        var devices = Devices;
        Assert.IsNotNull(devices.Ready(0, Kernel.All[0]));
        FakeCuda.ModuleLoadResult = 218;
        Assert.IsNull(devices.Ready(0, Kernel.All[1]));
        Assert.IsNull(devices.Ready(0, Kernel.All[0]));
        Assert.HasCount(1, _warnings);
        devices.Dispose();
        Assert.AreEqual((0, 0), (FakeCuda.Modules, FakeCuda.Contexts));
    }

    [TestMethod]
    public void Ready_OnADeviceThatTheDriverDoesNotKnow_IsOneWarningAndTorch()
    {
        using var devices = Devices;
        Assert.IsNull(devices.Ready(1, Kernel.All[0]));
        Assert.HasCount(1, _warnings);
        Assert.IsNotNull(devices.Ready(0, Kernel.All[0]));
    }

    [TestMethod]
    public void Ready_OnAnOlderArchitecture_CompilesForIt()
    {
        FakeCuda.Capability = 75;
        using var devices = Devices;
        Assert.IsNotNull(devices.Ready(0, Kernel.All[0]));
        Assert.Contains(".target sm_75", FakeCuda.LastPtx);
    }

    [TestMethod]
    public void Ready_OnAnArchitectureThatIsTooOld_IsOneWarningAndTorch()
    {
        FakeCuda.Capability = 52;
        using var devices = Devices;
        Assert.IsNull(devices.Ready(0, Kernel.All[0]));
        Assert.HasCount(1, _warnings);
        Assert.Contains("6.0 or later, and this is 5.2", _warnings[0]);
        devices.Dispose();
        Assert.AreEqual((0, 0), (FakeCuda.Modules, FakeCuda.Contexts));
    }

    [TestMethod]
    public void AddressOf_AViewIntoATensor_IsWhereItBegins()
    {
        using var scope = NewDisposeScope();
        var whole = TensorArithmetic.Range(24, ScalarType.BFloat16).reshape(4, 6);
        Assert.AreEqual(TensorMemory.AddressOf(whole) + 2 * 6 * 2, TensorMemory.AddressOf(whole[2..]));
        Assert.ThrowsExactly<ArgumentException>(() => TensorMemory.AddressOf(whole[.., 1..]));
    }

    private static void CombineTwo(KernelLauncher launcher, long length, double[] weights)
    {
        using var tables = new WeightTables();
        using var ring = new Ring(2, [length], ScalarType.Float32, CPU);
        Combine.Launch(launcher, ring[1], ring, 0, weights, tables);
    }
}
