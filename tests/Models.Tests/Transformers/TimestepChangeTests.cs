using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>TeaCache's indicator.</summary>
[TestClass]
public sealed class TimestepChangeTests
{
    private static readonly double[] s_timesteps = [999, 800, 800, 790, 10];

    [TestMethod]
    public void Changes_OfCogVideoX_AreThoseOfItsEmbeddingWrittenOut()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = CogVideoXTransformer3DModel.FromPretrained(Recording.PathOf("cogvideox-5b-tiny", "model"));
        var weights = model.state_dict();
        using var frequencies = new Timesteps(model.Config.InnerDim, model.Config.FlipSinToCos, model.Config.FreqShift);
        var embedded = frequencies.call(tensor(s_timesteps.Select(timestep => (float)timestep).ToArray()));
        embedded = nn.functional.silu(embedded.matmul(weights["time_embedding.linear_1.weight"].t()).Plus(weights["time_embedding.linear_1.bias"]));
        embedded = embedded.matmul(weights["time_embedding.linear_2.weight"].t()).Plus(weights["time_embedding.linear_2.bias"]);

        var changes = model.TimestepChanges(s_timesteps);

        Assert.HasCount(s_timesteps.Length, changes);
        Assert.AreEqual(0, changes[0]);
        for (var step = 1; step < s_timesteps.Length; step++)
        {
            var expected = ((embedded[step] - embedded[step - 1]).abs().mean() / embedded[step - 1].abs().mean()).item<float>();
            Assert.AreEqual(expected, changes[step], 1e-5, $"step {step}");
        }
        Assert.ThrowsExactly<ArgumentException>(() => model.TimestepChanges([]));
    }

    [TestMethod]
    public void TeaCache_OfWansOwnChanges_SkipsBlocks()
    {
        using var noGradient = no_grad();
        using var wan = WanTransformer3DModel.FromPretrained(Recording.PathOf("wan-tiny", "model"));
        var changes = wan.TimestepChanges(s_timesteps);
        Assert.AreEqual(0, changes[2], 1e-6);
        Assert.IsTrue(changes[1] > 0 && changes[3] > 0 && changes[4] > 0);
        // The sum of all changes is over the threshold once: at the last but one step, if it is put there.
        var config = new TeaCacheConfig { Threshold = changes[1] + (changes[3] / 2), Coefficients = [1, 0], TimestepChanges = changes };
        var plan = CachePlan.Create(config, s_timesteps, wan.CacheSites, GuidanceLayout.None);
        Assert.AreEqual("CSSCC", string.Concat(plan.Rows.Select(row => row.Cells[0].IsComputed ? 'C' : 'S')));
    }
}
