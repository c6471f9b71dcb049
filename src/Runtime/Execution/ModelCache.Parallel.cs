using static TorchSharp.torch;

namespace Afterimage.Execution;

// What several ranks compute together.
public sealed partial class ModelCache
{
    /// <inheritdoc cref="ICacheableModel.Parallel"/>
    public ModelParallel? Parallel { get; private set; }

    /// <summary>What the model's sequences go through.</summary>
    public SequenceShards Sequence { get; } = new();

    /// <summary>What <c>forward</c> is: what it is of a model alone, or what begins a step.</summary>
    public T Forward<T>(T alone, T begun) => IsEnabled || Parallel is not null ? begun : alone;

    /// <summary>What computes everything: the author's body, or what splits its sequences.</summary>
    public T Body<T>(T whole, T shards) => Parallel is null ? whole : shards;

    /// <inheritdoc cref="ICacheableModel.EnableParallel"/>
    public void EnableParallel(nn.Module model, ParallelLayout layout, Communicator communicator, bool hasSequences)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(communicator);
        layout.Validate();
        CheckParallel("enabled");
        if (Parallel is not null)
            throw new InvalidOperationException($"The model is computed by several ranks already ({Parallel.Layout}). Call {nameof(ICacheableModel.DisableParallel)} first.");
        if (layout.Ranks != communicator.Size)
            throw new ArgumentException($"{layout} takes {layout.Ranks} ranks, and there are {communicator.Size}.", nameof(layout));
        if (layout.Sequence > 1 && !hasSequences)
            throw new NotSupportedException($"{model.GetType().Name} has no sequence that ranks can share: none is marked [SequenceParallel]. guidance=2 needs none.");
        var attentions = AttentionsOf(model, layout);
        Parallel = new ModelParallel(layout, communicator);
        Sequence.Ranks = Parallel.Tokens;
        foreach (var attention in attentions)
            attention.Sequence = Sequence;
        s_enabled.AddOrUpdate(model, this);
    }

    /// <inheritdoc cref="ICacheableModel.DisableParallel"/>
    public void DisableParallel(nn.Module model)
    {
        if (Parallel is null)
            return;
        CheckParallel("disabled");
        foreach (var attention in AttentionsOf(model, Parallel.Layout))
            attention.Sequence = null;
        Sequence.Ranks = null;
        Parallel.Dispose();
        Parallel = null;
        if (!IsEnabled)
            s_enabled.Remove(model);
    }

    // Where each rank has all tokens, attention may be anything.
    private static IReadOnlyList<ScaledDotProductAttention> AttentionsOf(nn.Module model, ParallelLayout layout) => layout.Sequence > 1 ? SequenceAttentions.Of(model) : [];

    private void CheckParallel(string what)
    {
        ThrowIfBusy();
        if (_runs.Count > 0)
            throw new InvalidOperationException($"What several ranks compute together is {what} before a run of the cache begins, or after it was disposed of.");
    }
}
