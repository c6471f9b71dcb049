using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>A stack's history in one cache context of a run.</summary>
/// <param name="added">What the stack's blocks added to the variables of their loop.</param>
/// <param name="gate">Decides whether they run, where that is decided after the first of them.</param>
/// <param name="meter">Measures what they add; <see langword="null"/> where nobody asks.</param>
/// <param name="isFirst">Whether the model has no stack before this one.</param>
/// <param name="isLast">Whether the model has no stack after this one.</param>
internal sealed class StackHistory(SiteHistory added, GateHistory? gate, MagnitudeMeter? meter, bool isFirst, bool isLast) : StackSlot, IDisposable
{
    private readonly Dictionary<int, Tensor> _entered = [];

    private GateHistory OwnGate => gate ?? throw new InvalidOperationException("A forward without a gate runs a variant that has one.");

    private int HeadCount => isFirst ? OwnGate.Gate.Head : 0;

    private int TailCount => isLast ? OwnGate.Gate.Tail : 0;

    /// <inheritdoc/>
    public override void Enter(int tensor, Tensor value)
    {
        // A copy, since blocks may work in place. With a gate it is what the first blocks added that is asked for before anything is kept.
        if (gate is null ? added.Stores || meter is not null : isFirst && tensor == 0 && gate.Decides)
            _entered[tensor] = value.clone().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public override void Keep(int tensor, Tensor value)
    {
        using var input = Entered(tensor);
        if (meter is not null && tensor == 0)
        {
            using var more = value.Minus(input!);
            meter.Add(more);
        }
        added.Keep(tensor, value, input);
    }

    /// <inheritdoc/>
    public override Tensor Take(int tensor) => added.Take(tensor);

    /// <inheritdoc/>
    public override Tensor Take(int tensor, Tensor input)
    {
        using var more = added.Take(tensor);
        return input.Plus(more);
    }

    /// <inheritdoc/>
    public override IEnumerable<T> Head<T>(IEnumerable<T> blocks) => blocks.Take(HeadCount);

    /// <inheritdoc/>
    public override void Branch(int tensor, Tensor value)
    {
        using (var before = Entered(tensor))
        {
            if (before is not null)
                OwnGate.Decide(before, value);
        }
        if (added.Stores)
            _entered[tensor] = value.clone().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public override IEnumerable<T> Rest<T>(IEnumerable<T> blocks) => OwnGate.Skips ? [] : blocks.Skip(HeadCount).SkipLast(TailCount);

    /// <inheritdoc/>
    public override Tensor Leave(int tensor, Tensor value)
    {
        if (OwnGate.Skips)
            return Take(tensor, value);
        Keep(tensor, value);
        return value;
    }

    /// <inheritdoc/>
    public override IEnumerable<T> Tail<T>(IEnumerable<T> blocks) => blocks.TakeLast(TailCount);

    /// <summary>Frees what a forward that failed had entered with.</summary>
    public void Dispose()
    {
        foreach (var input in _entered.Values)
            input.Dispose();
        _entered.Clear();
    }

    private Tensor? Entered(int tensor) => _entered.Remove(tensor, out var input) ? input : null;
}
