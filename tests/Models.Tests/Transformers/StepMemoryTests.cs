using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>
/// What a device can record of a step: forwards that do the same ask for the same memory in the same order, and nothing that one of them made is read
/// by another.
/// </summary>
[TestClass]
[OSCondition(OperatingSystems.Linux)]
public sealed class StepMemoryTests
{
    private static readonly double[] s_timesteps = [.. Enumerable.Range(0, 12).Select(step => 790.0 - 50 * step)];

    private static readonly PyramidAttentionBroadcastConfig s_everySecond = new()
    {
        SpatialAttentionBlockSkipRange = 2,
        TemporalAttentionBlockSkipRange = 2,
        CrossAttentionBlockSkipRange = 2,
        FeedForwardBlockSkipRange = 2,
    };

    [TestMethod]
    [DataRow("latte")]
    [DataRow("wan")]
    [DataRow("wan of an image")]
    [DataRow("flux")]
    [DataRow("ltx")]
    [DataRow("mochi")]
    [DataRow("hunyuan")]
    [DataRow("allegro")]
    public void Forwards_ThatDoTheSame_AskForTheSameMemoryAndLeaveNothingInIt(string name)
    {
        using var tiny = TinyTransformers.Create(name);
        AssertRepeats(tiny.Cache, step => tiny.Call([tiny.Inputs[0].Plus(0.05 * step), .. tiny.Inputs[1..]]), name);
    }

    [TestMethod]
    [DataRow("2b")]
    [DataRow("5b")]
    [DataRow("5b image-to-video")]
    public void Forwards_OfCogVideoX_AskForTheSameMemoryAndLeaveNothingInIt(string form)
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var config = TinyModels.Named(form);
        using var model = CogVideoXTransformer3DModel.FromConfig(config);
        model.eval();
        var (latents, prompt, timestep, rotary) = (TinyModels.Latents(config), TinyModels.Prompt(config), TinyModels.Timestep(), TinyModels.RotaryFor(config));
        AssertRepeats(model, step => model.call(latents.Plus(0.05 * step), prompt, timestep, null, null, rotary), form);
    }

    private static void AssertRepeats(ICacheableModel model, Func<int, Tensor> forward, string name)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            Assert.Inconclusive("A C++ object is returned in another way.");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        model.EnableCache(s_everySecond);
        List<Tensor> expected;
        using (model.BeginRun(s_timesteps, GuidanceLayout.None))
            expected = [.. s_timesteps.Select((_, step) => forward(step))];

        using var run = model.BeginRun(s_timesteps, GuidanceLayout.None);
        var compared = 0;
        var sizes = new List<int>?[2];
        for (var step = 0; step < s_timesteps.Length; step++)
        {
            // What is made once is made by then.
            if (step < 4)
            {
                TensorAssert.Same(expected[step], forward(step), $"{name}, step {step}");
                continue;
            }
            Assert.AreSequenceEqual(run.Plan!.Rows[step - 2].Cells, run.Plan.Rows[step].Cells);
            var (result, asked) = Arena.Run(() =>
            {
                using var inner = NewDisposeScope();
                return forward(step).MoveToOuterDisposeScope();
            });
            TensorAssert.Same(expected[step], result, $"{name}, step {step}");
            Assert.IsNotEmpty(asked);
            if (sizes[step % 2] is { } before)
            {
                Assert.AreSequenceEqual(before, asked, $"{name}, step {step}");
                compared++;
            }
            sizes[step % 2] = asked;
        }
        Assert.AreEqual(6, compared);
        model.DisableCache();
    }
}
