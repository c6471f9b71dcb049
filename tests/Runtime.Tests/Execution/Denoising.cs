using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>Denoises with a <see cref="TinyDenoiser"/> and keeps what it gave at every step.</summary>
internal static class Denoising
{
    public static readonly double[] Timesteps = [.. Enumerable.Range(0, 20).Select(i => 999.0 - 50 * i)];

    public static readonly PyramidAttentionBroadcastConfig Pyramid = new()
    {
        SpatialAttentionBlockSkipRange = 2,
        CrossAttentionBlockSkipRange = 3,
        FeedForwardBlockSkipRange = 4,
    };

    public static readonly FasterCacheConfig Faster = new()
    {
        TensorFormat = TensorFormat.BFCHW,
        AttentionWeightCallback = step => step.Index / 20.0,
        UnconditionalBatchSkipRange = 3,
        UnconditionalBatchTimestepSkipRange = (-1, 900),
        SpatialAttentionTimestepSkipRange = (-1, 900),
    };

    public static TinyDenoiser Model(int blocks = 2)
    {
        manual_seed(1);
        return new TinyDenoiser(blocks: blocks);
    }

    /// <summary>The inputs of one step, made from <paramref name="seed"/>, in the current dispose scope.</summary>
    public static (Tensor Latents, Tensor Text, Tensor Timestep) Inputs(double timestep, long batch = 2, int seed = 5, long height = 6)
    {
        using var generator = new Generator((ulong)seed);
        var latents = randn([batch, 2, 4, height, 5], generator: generator);
        var text = randn([batch, 3, 4], generator: generator);
        return (latents.Plus(timestep / 500), text, TensorArithmetic.Full([batch], timestep));
    }

    /// <summary>One step on a guidance batch made from <paramref name="seed"/>. The caller owns the result.</summary>
    public static Tensor Step(TinyDenoiser model, double timestep, long batch = 2, int seed = 5, long height = 6)
    {
        using var scope = NewDisposeScope();
        var (latents, text, time) = Inputs(timestep, batch, seed, height);
        return model.forward(latents, text, time).MoveToOuterDisposeScope();
    }

    /// <summary>All steps of a run. The caller owns the results.</summary>
    public static List<Tensor> Run(TinyDenoiser model, CacheConfig? config, long batch = 2, int seed = 5, GuidanceLayout? layout = null)
    {
        if (config is null)
            return [.. Timesteps.Select(timestep => Step(model, timestep, batch, seed))];
        model.EnableCache(config);
        try
        {
            using var run = model.BeginRun(Timesteps, layout);
            return [.. Timesteps.Select(timestep => Step(model, timestep, batch, seed))];
        }
        finally
        {
            model.DisableCache();
        }
    }

    public static void AssertEqual(IReadOnlyList<Tensor> expected, IReadOnlyList<Tensor> actual)
    {
        Assert.HasCount(expected.Count, actual);
        for (var i = 0; i < expected.Count; i++)
            Assert.IsTrue(expected[i].equal(actual[i]).all().item<bool>(), $"step {i} differs");
    }

    public static void DisposeAll(params IEnumerable<Tensor>[] tensors)
    {
        foreach (var tensor in tensors.SelectMany(each => each))
            tensor.Dispose();
    }
}
