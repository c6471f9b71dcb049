using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>Denoises with a <see cref="TinyDenoiser"/> and keeps what it gave at every step.</summary>
internal static class Denoising
{
    public static readonly double[] Timesteps = [.. Enumerable.Range(0, 20).Select(i => 999.0 - 50 * i)];

    public static TinyDenoiser Model(int blocks = 2)
    {
        manual_seed(1);
        return new TinyDenoiser(blocks: blocks);
    }

    /// <summary>One step on a guidance batch made from <paramref name="seed"/>. The caller owns the result.</summary>
    public static Tensor Step(TinyDenoiser model, double timestep, long batch = 2, int seed = 5)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var latents = randn([batch, 2, 4, 6, 5], generator: generator);
        var text = randn([batch, 3, 4], generator: generator);
        var moving = latents + timestep / 500;
        return model.forward(moving, text, full([batch], timestep)).MoveToOuterDisposeScope();
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
