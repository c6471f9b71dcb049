using Afterimage.Models;
using Afterimage.Models.Tests;
using static TorchSharp.torch;

namespace Afterimage.Parallel.Tests;

/// <summary>What two ranks cannot compute together is refused before they wait for each other, and they go on. All ranks call it.</summary>
internal static class SharedRefusals
{
    public static void Check(Communicator all)
    {
        using var noGradient = no_grad();
        using var shared = SharedModel.Create("cogvideox");
        var model = shared.Model;
        Says<ArgumentException>("takes 4 ranks, and there are 2", () => model.EnableParallel(new(2, 2), all));
        Says<ArgumentOutOfRangeException>("expected 1 or 2", () => model.EnableParallel(new(Guidance: 3), all));
        Assert.IsNull(model.Parallel);

        model.EnableParallel(new(Guidance: 2), all);
        Says<InvalidOperationException>("computed by several ranks already (guidance=2,sequence=1)", () => model.EnableParallel(new(Guidance: 2), all));
        model.EnableCache(new FasterCacheConfig { UnconditionalBatchSkipRange = 3, TensorFormat = TensorFormat.BFCHW, AttentionWeightCallback = _ => 0.5 });
        Says<NotSupportedException>("would wait at every step that it skips: use sequence=2", () => model.BeginRun(SharedModel.Timesteps));
        model.DisableCache();
        model.EnableCache(new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 });
        Says<ArgumentException>("this run has none: use sequence=2", () => model.BeginRun(SharedModel.Timesteps, GuidanceLayout.None));
        using (model.BeginRun(SharedModel.Timesteps))
            Says<InvalidOperationException>("before a run of the cache begins", model.DisableParallel);
        model.DisableCache();
        model.DisableParallel();

        Says<NotSupportedException>("no sequence that ranks can share", () => WithoutSequences(all));
        Says<ArgumentException>("1 tokens, which 2 ranks cannot share", () => Forward(all, heads: 4, text: 1));
        Says<ArgumentException>("3 heads of attention cannot be shared by 2 ranks", () => Forward(all, heads: 3, text: 7));
    }

    /// <summary>Both ranks begin a run, each with a plan of its own.</summary>
    public static void BeginsAnotherRun(Communicator all)
    {
        using var shared = SharedModel.Create("cogvideox");
        shared.Model.EnableParallel(new(Sequence: 2), all);
        shared.Model.EnableCache(new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 + all.Rank });
        shared.Model.BeginRun(SharedModel.Timesteps).Dispose();
    }

    private static void WithoutSequences(Communicator all)
    {
        using var model = LTXVideoTransformer3DModel.FromConfig(TinyTransformers.LTX);
        model.EnableParallel(new(Sequence: 2), all);
    }

    private static void Forward(Communicator all, int heads, int text)
    {
        using var model = CogVideoXTransformer3DModel.FromConfig(SharedModel.CogVideoX with { NumAttentionHeads = heads, NumLayers = 1, MaxTextSeqLength = text });
        model.EnableParallel(new(Sequence: 2), all);
        using var scope = NewDisposeScope();
        model.call(randn([1, 3, 4, 6, 10]), randn([1, text, 12]), tensor(new[] { 500f }), null, null, null);
    }

    private static void Says<T>(string what, Action act)
        where T : Exception => Assert.Contains(what, Assert.ThrowsExactly<T>(act).Message);
}
