using Afterimage.Execution;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>Results that are kept in other types than they come in.</summary>
[TestClass]
public sealed class SlotDtypeTests
{
    /// <summary>Every number of e4m3, by its definition, is kept as it is; what lies between goes to the nearest.</summary>
    [TestMethod]
    public void Float8_KeepsItsOwnNumbersAndRoundsOthersToTheNearest()
    {
        double[] numbers =
        [
            .. from exponent in Enumerable.Range(0, 16)
               from mantissa in Enumerable.Range(0, 8)
               where (exponent, mantissa) != (15, 7) // not a number
               select exponent == 0 ? mantissa * Math.Pow(2, -9) : (8 + mantissa) * Math.Pow(2, exponent - 10),
        ];
        using var scope = NewDisposeScope();
        float[] signed = [.. numbers.Select(number => (float)number), .. numbers.Select(number => (float)-number)];
        Assert.AreSequenceEqual(signed, Kept(SlotDtype.Float8E4M3, tensor(signed)).data<float>().ToArray());

        // The largest sets the scale to 1.
        float[] between = [.. numbers.SkipLast(1).Zip(numbers.Skip(1), (low, high) => (float)(low + (0.3 * (high - low)))), 448];
        var rounded = Kept(SlotDtype.Float8E4M3, tensor(between)).data<float>().ToArray();
        for (var i = 0; i < numbers.Length - 1; i++)
            Assert.AreEqual((float)numbers[i], rounded[i], $"{between[i]}");
    }

    [TestMethod]
    [DataRow(SlotDtype.Int8, 0.5 / 127)]
    [DataRow(SlotDtype.Float8E4M3, 16.0 / 448)]
    [DataRow(SlotDtype.BFloat16, 1.0 / 256)]
    [DataRow(SlotDtype.Float16, 1.0 / 2048)]
    public void Values_AreOffByTheirRowsRoundingAtMost(SlotDtype dtype, double share)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var value = randn(5, 7, 33) * tensor([1e-4f, 1f, 300f, 0f, 1e4f]).view(5, 1, 1);
        var largest = value.abs().amax([-1], keepdim: true);
        Assert.IsTrue(((Kept(dtype, value) - value).abs() <= largest.Times(share).Plus(1e-30)).all().item<bool>());
    }

    [TestMethod]
    public void Run_WithSmallerSlots_HoldsLessAndIsOffByLittle()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Denoising.Model();
        var native = Denoising.Run(model, Denoising.Pyramid);
        var bytes = new Dictionary<SlotDtype, long>();
        foreach (var dtype in Enum.GetValues<SlotDtype>())
        {
            model.EnableCache(Denoising.Pyramid with { SlotDtype = dtype });
            var live = LiveTensors.CountAtStart();
            using (var run = model.BeginRun(Denoising.Timesteps))
            {
                for (var step = 0; step < Denoising.Timesteps.Length; step++)
                {
                    using var output = Denoising.Step(model, Denoising.Timesteps[step]);
                    Assert.IsLessThan(dtype is SlotDtype.Native or SlotDtype.Float32 ? 1e-9f : 0.1f, (output - native[step]).abs().max().item<float>(), $"{dtype}, step {step}");
                }
                bytes[dtype] = run.HistoryBytes;
                var profile = ModelProfiler.Measure(model, () => Denoising.Step(model, 500));
                Assert.AreEqual(run.HistoryBytes, run.Plan!.HistoryBytes(profile), $"{dtype}");
                Assert.AreEqual(run.Plan, CachePlan.FromJson(run.Plan.ToJson()));
            }
            model.DisableCache();
        }
        Assert.AreEqual(bytes[SlotDtype.Native], bytes[SlotDtype.Float32]);
        Assert.AreEqual(bytes[SlotDtype.Native], 2 * bytes[SlotDtype.BFloat16]);
        // Rows of four have as many bytes of scale as of codes.
        Assert.AreEqual(bytes[SlotDtype.BFloat16], bytes[SlotDtype.Float8E4M3]);
        Assert.AreEqual(bytes[SlotDtype.Int8], bytes[SlotDtype.Float8E4M3]);
    }

    [TestMethod]
    public void Kept_InsideOfAScope_LeavesOnlyItsBuffers()
    {
        using var noGradient = no_grad();
        foreach (var dtype in Enum.GetValues<SlotDtype>())
        {
            using var value = randn(2, 3, 4);
            var live = LiveTensors.CountAtStart();
            using (var history = new TensorHistory(new SlotLayout(2, dtype)))
            {
                for (var i = 0; i < 3; i++)
                    history.Store(value);
                history.Reuse().Dispose();
                history.Predict([1.5, -0.5]).Dispose();
                history.Combine([1.5, -0.5]).Dispose();
                // The ring of values as a whole and one by one, and so the scales.
                Assert.AreEqual(live + 3 * (dtype is SlotDtype.Int8 or SlotDtype.Float8E4M3 ? 2 : 1), Tensor.TotalCount, $"{dtype}");
            }
            Assert.AreEqual(live, Tensor.TotalCount, $"{dtype}");
        }
    }

    private static Tensor Kept(SlotDtype dtype, Tensor value)
    {
        using var history = new TensorHistory(new SlotLayout(1, dtype));
        history.Store(value);
        return history.Reuse().clone();
    }
}
