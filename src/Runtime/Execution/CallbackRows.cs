using Afterimage.Planning;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// The rows of a run that learns its timesteps from the config's callback: each is made when its forward begins. What a plan
/// would rule out is read off the calls instead: where a generation begins, and where a step is called twice in one context.
/// </summary>
internal sealed class CallbackRows(CacheConfig config, IReadOnlyList<CacheSite> sites, GuidanceLayout layout) : IDisposable
{
    private readonly Dictionary<string, CallSequence> _sequences = [];
    private readonly CallbackWarnings _warnings = new();

    /// <summary>Decides what the rows say.</summary>
    public CachePlanner Planner { get; private set; } = CachePlanner.Create(config, sites, layout);

    /// <summary>Whether a forward is the first of another generation.</summary>
    /// <param name="context">The model's cache context.</param>
    /// <param name="forwards">How many forwards its history has had.</param>
    /// <param name="timestep">The forward's timestep.</param>
    /// <param name="inputs">Its tensors.</param>
    /// <exception cref="InvalidOperationException">The forward is a second one of its step, on other conditions.</exception>
    public bool BeginAnew(string context, int forwards, double timestep, ReadOnlySpan<Tensor?> inputs)
    {
        if (layout == GuidanceLayout.Sequential && context.Length == 0 && !config.ShareStateAcrossContexts)
            throw new InvalidOperationException(
                $"With {nameof(GuidanceLayout)}.{layout} the model is called twice a step, and a forward without a cache context (timestep {timestep}) "
                + $"would get the other call's attention. Wrap the calls in {nameof(ICacheableModel.CacheContext)}(\"cond\") and "
                + $"{nameof(ICacheableModel.CacheContext)}(\"uncond\"); of a single call a step, in the first.");

        // Whoever shares one history among the calls of a step wants it so.
        var sequence = SequenceOf(context);
        var succession = sequence.Next(timestep, config.ShareStateAcrossContexts ? [] : inputs);
        if (succession == Succession.RepeatsTheStep)
            throw new InvalidOperationException(
                $"{nameof(CacheConfig.CurrentTimestepCallback)} says {timestep} twice in a row {Named(context)}, for the same latents and other conditions: forward "
                + $"{forwards} is a second call of its step, which would get the first one's attention. Wrap the calls of a step in "
                + $"{nameof(ICacheableModel.CacheContext)}s of their own, \"cond\" and \"uncond\" for example; between two generations call "
                + $"{nameof(ICacheableModel.ResetCache)}.");
        if (timestep > sequence.Timestep)
            _warnings.HearRise(forwards, sequence.Timestep.Value, timestep);
        return succession == Succession.BeginsAnew;
    }

    /// <summary>The next row of a context.</summary>
    /// <param name="context">The model's cache context.</param>
    /// <param name="timestep">The forward's timestep.</param>
    /// <param name="inputs">Its tensors, of which copies are kept until the next.</param>
    public PlanRow Next(string context, double timestep, ReadOnlySpan<Tensor?> inputs)
    {
        _warnings.See(Planner, timestep);
        var row = Planner.Next(context, timestep);
        SequenceOf(context).Note(timestep, config.ShareStateAcrossContexts ? [] : inputs);
        return row;
    }

    /// <summary>Forgets all forwards.</summary>
    public void Reset()
    {
        Dispose();
        Planner = CachePlanner.Create(config, sites, layout);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var sequence in _sequences.Values)
            sequence.Dispose();
        _sequences.Clear();
    }

    private CallSequence SequenceOf(string context)
    {
        var owner = config.ShareStateAcrossContexts ? "" : context;
        if (!_sequences.TryGetValue(owner, out var sequence))
            _sequences[owner] = sequence = new CallSequence();
        return sequence;
    }

    private static string Named(string context) => context.Length == 0 ? "outside of any cache context" : $"in cache context '{context}'";
}
