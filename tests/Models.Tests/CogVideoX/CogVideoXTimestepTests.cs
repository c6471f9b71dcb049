using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class CogVideoXTimestepTests
{
    private static readonly double[] Timesteps = [.. Enumerable.Range(0, 20).Select(i => 950.0 - 50 * i)];

    [TestMethod]
    [DataRow("2b", "none")]
    [DataRow("1.5", "none")]
    [DataRow("2b", "PAB")]
    [DataRow("1.5", "PAB")]
    [DataRow("2b", "FasterCache")]
    [DataRow("1.5", "FasterCache")]
    public void Forward_OfOneTimestepForTheBatch_GivesWhatOneForEachGives(string form, string cache)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        manual_seed(5);
        var config = TinyModels.Named(form);
        using var model = CogVideoXTransformer3DModel.FromConfig(config);
        var latents = Timesteps.Select(_ => TinyModels.Latents(config, frames: 4)).ToList();
        var (prompt, rotary) = (TinyModels.Prompt(config), TinyModels.RotaryFor(config, frames: 4));
        var expected = Run(2);
        var actual = Run(1);
        for (var step = 0; step < Timesteps.Length; step++)
            TensorAssert.Close(expected[step], actual[step], 1e-5, $"step {step}");

        List<Tensor> Run(long rows)
        {
            if (PipelineCases.Cache(cache) is { } settings)
                model.EnableCache(settings);
            using var run = model.IsCacheEnabled ? model.BeginRun(Timesteps) : null;
            var ofs = config.OfsEmbedDim is null ? null : TensorArithmetic.Full([1], 2, ScalarType.Float32);
            var outputs = Timesteps
                .Select((timestep, i) => model.call(latents[i], prompt, TensorArithmetic.Full([rows], timestep, ScalarType.Int64), null, ofs, rotary))
                .ToList();
            Assert.AreEqual(cache == "FasterCache", run?.Plan!.SkippedUnconditionalHalves > 0);
            model.DisableCache();
            return outputs;
        }
    }
}
