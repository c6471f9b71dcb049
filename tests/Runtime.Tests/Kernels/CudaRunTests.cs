using Afterimage.Execution;
using Afterimage.Kernels;
using Afterimage.Runtime.Tests.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>Whole cached runs on a CUDA device, beside the same runs on the CPU.</summary>
[TestClass]
[DoNotParallelize]
public sealed class CudaRunTests
{
    public static IEnumerable<object[]> Configs => [[Denoising.Pyramid], [Denoising.Faster]];

    [TestInitialize]
    public void NeedsCuda() => Accelerators.Launcher(DeviceType.CUDA);

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void Run_OnCuda_IsTheRunOnTheCpu(CacheConfig config)
    {
        using var model = Denoising.Model();
        var expected = Denoising.Run(model, config, batch: 4);
        model.cuda();
        AssertClose(expected, Run(model, config));
        Denoising.DisposeAll(expected);
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void Runs_OfTwoModelsOnTwoThreads_AreTheRunsOfOne(CacheConfig config)
    {
        using var alone = Denoising.Model();
        var expected = Denoising.Run(alone, config, batch: 4);
        var models = new[] { Denoising.Model(), Denoising.Model() };
        Parallel.For(0, models.Length, i =>
        {
            using var model = models[i];
            model.cuda();
            for (var round = 0; round < 5; round++)
                AssertClose(expected, Run(model, config));
        });
        Denoising.DisposeAll(expected);
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void Unload_AfterRuns_LeavesTheNextRunWorking(CacheConfig config)
    {
        using var model = Denoising.Model();
        model.cuda();
        var first = Run(model, config);
        var before = LiveTensors.CountAtStart();
        KernelBackend.Unload();
        var second = Run(model, config);
        Denoising.AssertEqual(first, second);
        Denoising.DisposeAll(second);
        Assert.AreEqual(before, Tensor.TotalCount);
        Denoising.DisposeAll(first);
    }

    public static IEnumerable<object[]> Offloaded =>
        from config in new CacheConfig[] { Denoising.Pyramid, Denoising.Faster, new TaylorSeerCacheConfig { CacheInterval = 4, MaxOrder = 2 } }
        from dtype in Enum.GetValues<SlotDtype>()
        select new object[] { config with { SlotDtype = dtype } };

    [TestMethod]
    [DynamicData(nameof(Offloaded))]
    public void Run_WithItsHistoryInHostMemory_IsTheRunWithItOnTheDevice_BitForBit(CacheConfig config)
    {
        using var model = Denoising.Model();
        model.cuda();
        var expected = Run(model, config);
        var before = LiveTensors.CountAtStart();
        var actual = Run(model, config with { OffloadHistory = true });
        Assert.AreEqual(DeviceType.CUDA, actual[^1].device_type);
        Denoising.AssertEqual(expected, actual);
        Denoising.DisposeAll(actual);
        Assert.AreEqual(before, Tensor.TotalCount);
        Denoising.DisposeAll(expected);
    }

    [TestMethod]
    public void Values_InHostMemory_ArePinned()
    {
        using var scope = NewDisposeScope();
        using var value = ones(3, 4, device: CUDA);
        foreach (var dtype in Enum.GetValues<SlotDtype>())
        {
            using var slots = new SlotBuffer(new SlotLayout(2, dtype, OnHost: true), value, isElsewhere: true);
            Assert.IsTrue(slots.Values.Whole.is_pinned());
            slots.Write(1, value);
            var read = slots.Read(1, value.dtype);
            Assert.AreEqual(DeviceType.CUDA, read.device_type);
            Assert.IsTrue(read.equal(value).all().item<bool>());
        }
    }

    /// <summary>All steps on the device, with torch's own work before and after every forward.</summary>
    private static List<Tensor> Run(TinyDenoiser model, CacheConfig config)
    {
        model.EnableCache(config);
        try
        {
            using var run = model.BeginRun(Denoising.Timesteps);
            return [.. Denoising.Timesteps.Select(timestep => Step(model, timestep))];
        }
        finally
        {
            model.DisableCache();
        }
    }

    private static Tensor Step(TinyDenoiser model, double timestep)
    {
        using var scope = NewDisposeScope();
        var (latents, text, time) = Denoising.Inputs(timestep, batch: 4);
        var doubled = model.forward(latents.cuda().Times(2).Over(2), text.cuda(), time.cuda()).Times(2);
        return doubled.Over(2).MoveToOuterDisposeScope();
    }

    private static void AssertClose(IReadOnlyList<Tensor> expected, IReadOnlyList<Tensor> actual)
    {
        for (var i = 0; i < expected.Count; i++)
        {
            using var scope = NewDisposeScope();
            var error = (expected[i] - actual[i].cpu()).abs().max().item<float>();
            Assert.IsLessThan(1e-4f * expected[i].abs().max().item<float>(), error, $"step {i}");
        }
        Denoising.DisposeAll(actual);
    }
}
