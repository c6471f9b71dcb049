using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class TransformerFormTests
{
    [TestMethod]
    [DataRow("latte")]
    [DataRow("wan")]
    [DataRow("wan without norm")]
    [DataRow("wan of an image")]
    [DataRow("wan of two pictures")]
    [DataRow("wan of tokens")]
    [DataRow("flux")]
    [DataRow("flux without guidance")]
    [DataRow("ltx")]
    [DataRow("ltx with norms")]
    [DataRow("mochi")]
    [DataRow("hunyuan")]
    [DataRow("hunyuan of an image")]
    [DataRow("allegro")]
    [DataRow("allegro of affine norms")]
    public void Forward_OfEveryType_GivesFiniteOutputOfThatType(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var reference = TinyTransformers.Create(name);
        var expected = reference.Forward();
        foreach (var (dtype, limit) in new[] { (ScalarType.Float64, 1e-5), (ScalarType.Float16, 2e-2), (ScalarType.BFloat16, 1e-1) })
        {
            using var model = TinyTransformers.Create(name, dtype);
            foreach (var (parameter, value) in model.Module.parameters().Zip(reference.Module.parameters()))
                parameter.copy_(value);

            // Timesteps stay as they are.
            var output = model.Call([.. reference.Inputs.Select((input, i) => i == 2 ? input : input.to(dtype))]);

            Assert.AreEqual(dtype, output.dtype);
            Assert.IsTrue(model.Module.parameters().All(parameter => !parameter.requires_grad));
            TensorAssert.Close(expected, output, limit * TensorAssert.MaxMagnitude(expected), $"{name} in {dtype}");
        }
    }

    [TestMethod]
    [DataRow("latte")]
    [DataRow("wan")]
    [DataRow("wan of an image")]
    [DataRow("wan of two pictures")]
    [DataRow("wan of tokens")]
    [DataRow("flux")]
    [DataRow("ltx")]
    [DataRow("mochi")]
    [DataRow("hunyuan")]
    [DataRow("hunyuan of an image")]
    [DataRow("allegro")]
    public void Forward_OfTwoSamples_GivesWhatEachGivesAlone(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = TinyTransformers.Create(name);

        var both = model.Forward();

        for (var sample = 0; sample < 2; sample++)
            TensorAssert.Close(both.narrow(0, sample, 1), model.ForwardOf(sample), 1e-5, $"sample {sample}");
        Assert.IsGreaterThan(1e-2, TensorAssert.MaxDifference(both.narrow(0, 0, 1), both.narrow(0, 1, 1)));
    }

    [TestMethod]
    [DataRow("latte")]
    [DataRow("wan")]
    [DataRow("wan without norm")]
    [DataRow("wan of an image")]
    [DataRow("wan of two pictures")]
    [DataRow("wan of tokens")]
    [DataRow("flux")]
    [DataRow("ltx")]
    [DataRow("ltx with norms")]
    [DataRow("mochi")]
    [DataRow("hunyuan")]
    [DataRow("hunyuan of an image")]
    [DataRow("allegro")]
    public void Forward_Repeated_LeavesOnlyItsOutputAlive(string name)
    {
        using var noGrad = no_grad();
        using var model = TinyTransformers.Create(name);
        model.Forward().Dispose();
        var statistics = DisposeScopeManager.Statistics;

        var before = statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 10; i++)
        {
            var output = model.Forward();
            Assert.AreEqual(before + 1, statistics.ThreadTotalLiveCount, $"after forward {i}");
            output.Dispose();
        }
    }

    [TestMethod]
    [DataRow("latte")]
    [DataRow("wan")]
    [DataRow("wan of an image")]
    [DataRow("wan of two pictures")]
    [DataRow("wan of tokens")]
    [DataRow("flux")]
    [DataRow("ltx")]
    [DataRow("mochi")]
    [DataRow("hunyuan")]
    [DataRow("hunyuan of an image")]
    [DataRow("allegro")]
    public void Dispose_OfAModel_FreesAllOfIt(string name)
    {
        using var noGrad = no_grad();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var model = TinyTransformers.Create(name))
            model.Forward().Dispose();

        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void FromConfig_OfFullSizeOnMeta_TakesNoMemoryAndGivesShapes()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var latte = LatteTransformer3DModel.FromConfig(
            TinyTransformers.Latte with
            {
                NumAttentionHeads = 16,
                AttentionHeadDim = 72,
                CrossAttentionDim = 1152,
                NumLayers = 28,
                SampleSize = 64,
                CaptionChannels = 4096,
                VideoLength = 16,
            },
            META,
            ScalarType.BFloat16);
        using var wan = WanTransformer3DModel.FromConfig(new WanTransformer3DModelConfig(), META, ScalarType.BFloat16);
        using var flux = FluxTransformer2DModel.FromConfig(
            new FluxTransformer2DModelConfig { GuidanceEmbeds = true }, META, ScalarType.BFloat16);
        using var ltx = LTXVideoTransformer3DModel.FromConfig(new LTXVideoTransformer3DModelConfig(), META, ScalarType.BFloat16);
        using var mochi = MochiTransformer3DModel.FromConfig(new MochiTransformer3DModelConfig(), META, ScalarType.BFloat16);

        using var hunyuan = HunyuanVideoTransformer3DModel.FromConfig(new HunyuanVideoTransformer3DModelConfig(), META, ScalarType.BFloat16);
        using var allegro = AllegroTransformer3DModel.FromConfig(new AllegroTransformer3DModelConfig(), META, ScalarType.BFloat16);

        var video = latte.call(Half(2, 4, 16, 64, 64), Half(2), Half(2, 120, 4096), null, true);
        var large = wan.call(Half(1, 16, 21, 60, 104), Half(1), Half(1, 512, 4096));
        var image = flux.call(
            Half(1, 4096, 64), Half(1, 512, 4096), Half(1, 768), Half(1), Half(1), FluxPositionIds.Prepare(512, 64, 64, META));
        var packed = ltx.call(Half(2, 5280, 128), Half(2, 128, 4096), Half(2), Half(2, 128), new LTXVideoGrid(16, 15, 22, (0.32, 32, 32)), null);
        var tall = mochi.call(Half(2, 12, 14, 60, 106), Half(2, 256, 4096), Half(2), Half(2, 256));

        var long129 = hunyuan.call(Half(1, 16, 33, 90, 160), Half(1), Half(1, 256, 4096), Half(1, 256), Half(1, 768), Half(1));
        var long88 = allegro.call(
            Half(2, 4, 22, 90, 160), Half(2, 512, 4096), Half(2), null, Half(2, 512), allegro.PrepareRotaryPositionalEmbeddings(720, 1280, 22, META));

        CollectionAssert.AreEqual(new long[] { 1, 16, 33, 90, 160 }, long129.shape);
        CollectionAssert.AreEqual(new long[] { 2, 4, 22, 90, 160 }, long88.shape);
        CollectionAssert.AreEqual(new long[] { 2, 8, 16, 64, 64 }, video.shape);
        CollectionAssert.AreEqual(new long[] { 1, 16, 21, 60, 104 }, large.shape);
        CollectionAssert.AreEqual(new long[] { 1, 4096, 64 }, image.shape);
        CollectionAssert.AreEqual(new long[] { 2, 5280, 128 }, packed.shape);
        CollectionAssert.AreEqual(new long[] { 2, 12, 14, 60, 106 }, tall.shape);
        Assert.IsTrue(video.is_meta && large.is_meta && image.is_meta && packed.is_meta && tall.is_meta);
        Assert.IsInRange(1.05e9, 1.06e9, Count(latte));
        Assert.IsInRange(14.2e9, 14.4e9, Count(wan));
        Assert.IsInRange(11.8e9, 12.0e9, Count(flux));
        Assert.IsInRange(1.92e9, 1.93e9, Count(ltx));
        Assert.IsInRange(10.0e9, 10.1e9, Count(mochi));
        Assert.IsInRange(12.7e9, 12.9e9, Count(hunyuan));
        Assert.IsInRange(2.7e9, 2.9e9, Count(allegro));

        static Tensor Half(params long[] shape) => empty(shape, dtype: ScalarType.BFloat16, device: META);
        static double Count(nn.Module model) => model.parameters().Sum(parameter => parameter.NumberOfElements);
    }
}
