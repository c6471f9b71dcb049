using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// The latents of one generation, step by step. Everything it holds is outside of dispose scopes, so that whoever is called between two
/// steps works in a scope of his own; it is freed with it.
/// </summary>
internal sealed class Denoiser : IDisposable
{
    private readonly GenerationContext _context;
    private readonly Prediction _predict;
    private readonly Tensor?[] _held;

    /// <param name="context">The generation.</param>
    /// <param name="latents">What to begin with. Taken over.</param>
    /// <param name="predict">Calls the transformer.</param>
    /// <param name="held">What <paramref name="predict"/> reads. Taken over.</param>
    public Denoiser(GenerationContext context, Tensor latents, Prediction predict, params Tensor?[] held)
    {
        (_context, _predict, _held) = (context, predict, held);
        Latents = latents.DetachFromDisposeScope();
        foreach (var tensor in held)
            tensor?.DetachFromDisposeScope();
    }

    /// <summary>Calls the transformer on latents, twice as many for both branches, and gives what a scheduler takes, in the current dispose scope.</summary>
    public delegate Tensor Prediction(Tensor latents, double timestep, GuidanceBranch branch);

    /// <summary>
    /// How far guided predictions are brought to the deviation of unguided ones, from 0 to 1. Source: arXiv 2305.08891, section 3.4; diffusers
    /// <c>pipelines/ltx/pipeline_ltx.py</c> (rescale_noise_cfg).
    /// </summary>
    public double GuidanceRescale { get; init; }

    /// <summary>Puts what of the latents is given, and not made, in its place once they are made; <see langword="null"/> where all of them is made.</summary>
    public Func<Tensor, Tensor>? AtTheEnd { get; init; }

    /// <summary>In the shape of the pipeline's latents.</summary>
    public Tensor Latents { get; private set; }

    /// <summary>Goes one step.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <param name="guidanceScale">Used where there is guidance.</param>
    /// <param name="model">The transformer.</param>
    /// <param name="run">Its cached run, if there is one.</param>
    public void Step(int index, double guidanceScale, ICacheableModel model, CacheRun? run)
    {
        using var scope = NewDisposeScope();
        var timestep = _context.Schedule.Timesteps[index];
        var input = _context.Schedule.ScaleModelInput(index, Latents);
        var prediction = _context.Request.Layout switch
        {
            GuidanceLayout.Batched => Batched(input, timestep, guidanceScale, run),
            GuidanceLayout.Sequential => Sequential(input, timestep, guidanceScale, model),
            _ => Single(input, timestep, GuidanceBranch.Conditional),
        };
        var next = _context.Schedule.Step(index, prediction, Latents, _context.Generator).to(Latents.dtype);
        Latents.Dispose();
        Latents = next.DetachFromDisposeScope();
    }

    /// <summary>The latents after the last step, outside of dispose scopes and the caller's.</summary>
    public Tensor Finish()
    {
        using var scope = NewDisposeScope();
        return (AtTheEnd?.Invoke(Latents) ?? Latents.alias()).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Latents.Dispose();
        foreach (var tensor in _held)
            tensor?.Dispose();
    }

    private Tensor Batched(Tensor input, double timestep, double guidanceScale, CacheRun? run)
    {
        // A run gives no unguided prediction to compare with.
        var isGuidedByRun = run is { IsDisposed: false } && GuidanceRescale == 0;
        if (isGuidedByRun)
            run!.GuidanceScale = guidanceScale;
        var prediction = Single(cat([input, input]), timestep, GuidanceBranch.Both);
        if (isGuidedByRun)
            return prediction;
        var halves = prediction.chunk(2);
        var guided = Guided(halves[0], halves[1], guidanceScale);
        return GuidanceRescale == 0 ? guided : Rescaled(guided, halves[1]);
    }

    private Tensor Rescaled(Tensor guided, Tensor conditional)
    {
        var rescaled = guided * Deviation(conditional) / Deviation(guided);
        return rescaled.Times(GuidanceRescale).Plus(guided.Times(1 - GuidanceRescale));

        static Tensor Deviation(Tensor tensor)
        {
            var dimensions = new long[tensor.dim()];
            Array.Fill(dimensions, 1);
            dimensions[0] = tensor.size(0);
            return tensor.flatten(1).std(1, unbiased: true).reshape(dimensions);
        }
    }

    /// <summary>In the order of diffusers: a cache with one state for both calls sees the conditional one first.</summary>
    private Tensor Sequential(Tensor input, double timestep, double guidanceScale, ICacheableModel model)
    {
        if (model.Parallel is { Layout.Guidance: > 1 } parallel)
            return Shared(input, timestep, guidanceScale, model, parallel);
        Tensor conditional, unconditional;
        using (model.CacheContext("cond"))
            conditional = Single(input, timestep, GuidanceBranch.Conditional);
        using (model.CacheContext("uncond"))
            unconditional = Single(input, timestep, GuidanceBranch.Unconditional);
        return Guided(unconditional, conditional, guidanceScale);
    }

    /// <summary>As <see cref="Sequential"/>, of two ranks each with one of the calls.</summary>
    private Tensor Shared(Tensor input, double timestep, double guidanceScale, ICacheableModel model, ModelParallel parallel)
    {
        var (context, branch) = parallel.Branch == 0 ? ("uncond", GuidanceBranch.Unconditional) : ("cond", GuidanceBranch.Conditional);
        Tensor own;
        using (model.CacheContext(context))
            own = Single(input, timestep, branch);
        var both = parallel.GatherBranches(own).chunk(2);
        return Guided(both[0], both[1], guidanceScale);
    }

    /// <summary>What the scheduler takes is in float32, also from a model in a half type.</summary>
    private Tensor Single(Tensor input, double timestep, GuidanceBranch branch) => _predict(input, timestep, branch).to(ScalarType.Float32);

    /// <summary>In the order of a run's own guidance: with a cache that reuses nothing, latents are the same to the bit.</summary>
    private static Tensor Guided(Tensor unconditional, Tensor conditional, double scale) => conditional.sub(unconditional).Times_(scale).Plus_(unconditional);
}
