using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>Runs that return guided predictions.</summary>
[TestClass]
public sealed class RunGuidanceTests
{
    public static IEnumerable<object[]> Configs => [[Denoising.Pyramid], [Denoising.Faster]];

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void GuidanceScale_ThatChanges_IsGuidanceOfTheRawOutput(CacheConfig config)
    {
        using var model = Denoising.Model();
        var raw = Denoising.Run(model, config, batch: 4);
        model.EnableCache(config);
        using var run = model.BeginRun(Denoising.Timesteps);
        for (var i = 0; i < raw.Count; i++)
        {
            using var scope = NewDisposeScope();
            run.GuidanceScale = i % 7 == 3 ? null : 1 + i / 4.0;
            var actual = Denoising.Step(model, Denoising.Timesteps[i], batch: 4);
            var halves = raw[i].chunk(2);
            var expected = run.GuidanceScale is { } scale ? halves[0].Plus((halves[1] - halves[0]).Times(scale)) : raw[i];
            Assert.AreSequenceEqual(expected.shape, actual.shape);
            var error = (expected - actual).abs().max().item<float>();
            Assert.IsLessThan(1e-5f * expected.abs().max().item<float>(), error, $"step {i}");
        }
        Denoising.DisposeAll(raw);
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void GuidanceScale_OverTwoHundredSteps_LeavesNoTensorBehind(CacheConfig config)
    {
        using var model = Denoising.Model();
        double[] timesteps = [.. Enumerable.Range(0, 200).Select(i => 999.0 - 4.9 * i)];
        model.EnableCache(config);
        var before = LiveTensors.CountAtStart();
        using (var run = model.BeginRun(timesteps))
        {
            run.GuidanceScale = 6;
            long settled = 0;
            for (var i = 0; i < timesteps.Length; i++)
            {
                Denoising.Step(model, timesteps[i]).Dispose();
                if (i == 100)
                    settled = Tensor.TotalCount;
            }
            Assert.AreEqual(settled, Tensor.TotalCount, "live tensors grew between steps 100 and 200");
        }
        Assert.AreEqual(before, Tensor.TotalCount, "live tensors after the run");
    }

    [TestMethod]
    public void GuidanceScale_WithoutABatchOfBothHalves_IsRefused()
    {
        using var model = Denoising.Model();
        model.EnableCache(Denoising.Pyramid);
        using var sequential = model.BeginRun(Denoising.Timesteps, GuidanceLayout.Sequential);
        Assert.Contains("Batched", Assert.ThrowsExactly<InvalidOperationException>(() => sequential.GuidanceScale = 6).Message);
        sequential.GuidanceScale = null;

        using var batched = model.BeginRun(Denoising.Timesteps);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => batched.GuidanceScale = double.NaN);
        batched.GuidanceScale = 6;
        var before = LiveTensors.CountAtStart();
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, Denoising.Timesteps[0], batch: 3));
        Assert.Contains("Forward 0 (timestep 999)", error.Message);
        Assert.Contains("[3, ", error.Message);
        Assert.AreEqual(before, Tensor.TotalCount);

        batched.Reset();
        using var guided = Denoising.Step(model, Denoising.Timesteps[0]);
        Assert.AreEqual(1, guided.shape[0]);
    }
}
