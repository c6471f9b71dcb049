using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>Cached runs against their method written out by hand.</summary>
[TestClass]
public class LiteralRunTests
{
    [TestMethod]
    public void Pyramid_SitesOfABlockInAllCombinations_EqualsTheMethodWrittenOut()
    {
        var ranges = new Dictionary<SiteKind, int>
        {
            [SiteKind.SpatialAttention] = 2,
            [SiteKind.CrossAttention] = 3,
            [SiteKind.FeedForward] = 5,
        };
        var config = new PyramidAttentionBroadcastConfig
        {
            SpatialAttentionBlockSkipRange = 2,
            SpatialAttentionTimestepSkipRange = (-1, 1000),
            CrossAttentionBlockSkipRange = 3,
            CrossAttentionTimestepSkipRange = (-1, 1000),
            FeedForwardBlockSkipRange = 5,
            FeedForwardTimestepSkipRange = (-1, 1000),
        };
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Denoising.Model();
        var plan = CachePlan.Create(config, Denoising.Timesteps, model.CacheSites, GuidanceLayout.Batched);
        Assert.AreEqual(8, plan.Rows.Select(row => string.Concat(row.Cells.Take(3).Select(cell => cell.IsComputed))).Distinct().Count());

        var literal = new LiteralDenoiser(model, (kind, forward) => forward % ranges[kind] == 0 ? null : 0);
        Denoising.AssertEqual(Literal(literal), Denoising.Run(model, config));
    }

    [TestMethod]
    public void FasterCache_Distilled_EqualsTheMethodWrittenOut()
    {
        var config = Faster with { IsGuidanceDistilled = true };
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Denoising.Model();
        var literal = new LiteralDenoiser(model, (kind, forward) => Skips(kind, forward) ? Weight(forward) : null);
        var expected = Literal(literal);
        AssertClose(expected, Denoising.Run(model, config, layout: GuidanceLayout.None));
        AssertClose(expected, Denoising.Run(model, config, layout: GuidanceLayout.Batched));
    }

    [TestMethod]
    public void FasterCache_Undistilled_ConditionalHalfEqualsTheMethodWrittenOut()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Denoising.Model();

        // Nothing in the model mixes rows, so the conditional half runs as it would alone.
        var literal = new LiteralDenoiser(
            model, (kind, forward) => Skips(kind, forward) && SkipsUnconditional(forward) ? Weight(forward) : null);
        var expected = Denoising.Timesteps.Select(timestep =>
        {
            var (latents, text, time) = Denoising.Inputs(timestep);
            return literal.Forward(latents.narrow(0, 1, 1), text.narrow(0, 1, 1), time.narrow(0, 1, 1));
        }).ToList();
        AssertClose(expected, [.. Denoising.Run(model, Faster).Select(output => output.narrow(0, 1, 1))]);
    }

    private static FasterCacheConfig Faster { get; } = new()
    {
        TensorFormat = TensorFormat.BFCHW,
        SpatialAttentionBlockSkipRange = 4,
        SpatialAttentionTimestepSkipRange = (-1, 900),
        UnconditionalBatchSkipRange = 3,
        UnconditionalBatchTimestepSkipRange = (-1, 800),
        AttentionWeightCallback = step => Weight(step.Index),
    };

    private static double Weight(int forward) => forward / 20.0;

    private static bool Skips(SiteKind kind, int forward) =>
        kind == SiteKind.SpatialAttention && forward % 4 != 0 && Denoising.Timesteps[forward] < 900;

    private static bool SkipsUnconditional(int forward) => forward % 3 != 0 && Denoising.Timesteps[forward] < 800;

    private static List<Tensor> Literal(LiteralDenoiser literal) => [.. Denoising.Timesteps.Select(timestep =>
    {
        var (latents, text, time) = Denoising.Inputs(timestep);
        return literal.Forward(latents, text, time);
    })];

    private static void AssertClose(IReadOnlyList<Tensor> expected, IReadOnlyList<Tensor> actual)
    {
        Assert.HasCount(expected.Count, actual);
        for (var i = 0; i < expected.Count; i++)
            Assert.IsLessThan(1e-5f, (expected[i] - actual[i]).abs().max().item<float>(), $"step {i}");
    }
}
