using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class CogVideoXFormTests
{
    [TestMethod]
    [DataRow("2b")]
    [DataRow("5b")]
    [DataRow("1.5")]
    [DataRow("5b image-to-video")]
    public void Forward_OfEveryForm_GivesLatentsBack(string form)
    {
        var config = TinyModels.Named(form);
        foreach (var dtype in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float16, ScalarType.Float64])
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            random.manual_seed(1);
            using var model = CogVideoXTransformer3DModel.FromConfig(config, dtype: dtype);
            var frames = config.PatchSizeT is null ? 3 : 4;
            var latents = TinyModels.Latents(config, frames, dtype);

            var output = model.call(
                latents, TinyModels.Prompt(config, dtype), TinyModels.Timestep(), null, Ofs(config), TinyModels.RotaryFor(config, frames));

            Assert.AreEqual(dtype, output.dtype);
            CollectionAssert.AreEqual(latents.shape, output.shape);
            Assert.IsTrue(output.isfinite().all().item<bool>());
            Assert.IsTrue(model.parameters().All(parameter => parameter.dtype == dtype && !parameter.requires_grad));
        }
    }

    [TestMethod]
    [DataRow("2b")]
    [DataRow("5b")]
    [DataRow("1.5")]
    [DataRow("5b image-to-video")]
    public void Forward_Repeated_LeavesOnlyItsOutputAlive(string form)
    {
        var config = TinyModels.Named(form);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = CogVideoXTransformer3DModel.FromConfig(config);
        var frames = config.PatchSizeT is null ? 3 : 4;
        var (latents, prompt, timestep) = (TinyModels.Latents(config, frames), TinyModels.Prompt(config), TinyModels.Timestep());
        var (ofs, rotary) = (Ofs(config), TinyModels.RotaryFor(config, frames));
        model.call(latents, prompt, timestep, null, ofs, rotary).Dispose();
        var statistics = DisposeScopeManager.Statistics;

        var before = statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 50; i++)
        {
            var output = model.call(latents, prompt, timestep, null, ofs, rotary);
            Assert.AreEqual(before + 1, statistics.ThreadTotalLiveCount, $"after forward {i}");
            output.Dispose();
        }

        Assert.AreEqual(before, statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void Forward_OutsideOfAnyScope_LeavesOnlyItsOutputAlive()
    {
        using var noGrad = no_grad();
        using var model = CogVideoXTransformer3DModel.FromConfig(TinyModels.Rotary);
        using var latents = TinyModels.Latents(TinyModels.Rotary);
        using var prompt = TinyModels.Prompt(TinyModels.Rotary);
        using var timestep = TinyModels.Timestep();
        using var rotary = TinyModels.RotaryFor(TinyModels.Rotary);
        var statistics = DisposeScopeManager.Statistics;
        // The frequencies of timesteps are kept.
        model.call(latents, prompt, timestep, null, null, rotary).Dispose();

        var before = statistics.ThreadTotalLiveCount;
        using var output = model.call(latents, prompt, timestep, null, null, rotary);

        Assert.AreEqual(before + 1, statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    [DataRow("2b")]
    [DataRow("1.5")]
    [DataRow("5b image-to-video")]
    public void Dispose_OfAModel_FreesAllOfIt(string form)
    {
        using var noGrad = no_grad();
        var config = TinyModels.Named(form);
        var statistics = DisposeScopeManager.Statistics;
        var before = statistics.ThreadTotalLiveCount;
        using (var scope = NewDisposeScope())
        {
            using var model = CogVideoXTransformer3DModel.FromConfig(config);
            var frames = config.PatchSizeT is null ? 3 : 4;
            model.call(
                TinyModels.Latents(config, frames), TinyModels.Prompt(config), TinyModels.Timestep(), null, Ofs(config), TinyModels.RotaryFor(config, frames));
        }

        Assert.AreEqual(before, statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void Forward_AtAnotherSize_TakesPositionsOfThatSize()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var model = CogVideoXTransformer3DModel.FromConfig(TinyModels.Sincos);
        using var wide = CogVideoXTransformer3DModel.FromConfig(TinyModels.Sincos with { SampleWidth = 16, SampleFrames = 5 });
        wide.load_state_dict(model.state_dict());
        var (latents, prompt) = (randn([2, 2, 4, 8, 16]), TinyModels.Prompt(TinyModels.Sincos));

        // The table of the first size must not stay.
        model.call(TinyModels.Latents(TinyModels.Sincos), prompt, TinyModels.Timestep(), null, null, null);

        TensorAssert.Same(
            wide.call(latents, prompt, TinyModels.Timestep(), null, null, null),
            model.call(latents, prompt, TinyModels.Timestep(), null, null, null));
    }

    [TestMethod]
    public void FromConfig_Of5bOnMeta_TakesNoMemoryAndGivesShapes()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var config = new CogVideoXTransformer3DModelConfig
        {
            NumAttentionHeads = 48,
            NumLayers = 42,
            UseRotaryPositionalEmbeddings = true,
        };

        using var model = CogVideoXTransformer3DModel.FromConfig(config, META, ScalarType.BFloat16);

        Assert.IsTrue(model.parameters().All(parameter => parameter.is_meta));
        Assert.IsInRange(5.5e9, 5.6e9, (double)model.parameters().Sum(parameter => parameter.NumberOfElements));
        var latents = empty([2, 13, 16, 60, 90], dtype: ScalarType.BFloat16, device: META);
        var prompt = empty(2, 226, 4096, dtype: ScalarType.BFloat16, device: META);
        var rotary = model.PrepareRotaryPositionalEmbeddings(480, 720, 13, META);
        var output = model.call(latents, prompt, empty(2, dtype: ScalarType.Int64, device: META), null, null, rotary);
        CollectionAssert.AreEqual(latents.shape, output.shape);
    }

    private static Tensor? Ofs(CogVideoXTransformer3DModelConfig config) => config.OfsEmbedDim is null ? null : tensor(new[] { 2f });
}
