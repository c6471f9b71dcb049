using Afterimage.Kernels;
using Afterimage.Kernels.Launch;
using Afterimage.Planning;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// The decision of one cache context whether a forward computes its stacks or skips them, and what it is made on: what the first blocks added at
/// the last forward that computed.
/// </summary>
/// <param name="gate">Which blocks run whatever is decided.</param>
/// <param name="rule">When a forward is skipped; <see langword="null"/> where the rows are decided already.</param>
/// <param name="ranks">Those that decide together, each with a part of what is looked at.</param>
internal sealed class GateHistory(StackGate gate, FirstBlocksRule? rule, Communicator? ranks) : IDisposable
{
    private Tensor? _added;
    private Action? _skip;

    /// <summary>Which blocks run whatever is decided.</summary>
    public StackGate Gate => gate;

    /// <summary>Whether the forward skips its stacks.</summary>
    public bool Skips { get; private set; }

    /// <summary>The bytes held.</summary>
    public long Bytes => TensorMemory.BytesOf(_added);

    /// <summary>Whether what the first blocks add is looked at.</summary>
    public bool Decides => rule is not null;

    /// <summary>Makes it ready for a forward.</summary>
    /// <param name="skips">Whether the forward skips its stacks as it is planned.</param>
    /// <param name="skip">What becomes of the forward if it is decided to skip; <see langword="null"/> where there is nothing to decide.</param>
    public void Prepare(bool skips, Action? skip) => (Skips, _skip) = (skips, skip);

    /// <summary>Decides, once per forward.</summary>
    /// <param name="before">The variable before the first blocks.</param>
    /// <param name="after">The variable after them.</param>
    public void Decide(Tensor before, Tensor after)
    {
        if (rule is null)
            return;
        using var scope = NewDisposeScope();
        var added = after.Minus(before);
        if (_skip is { } skip && _added is not null && Distance(added, _added) <= rule.Threshold)
        {
            Skips = true;
            skip();
            return;
        }
        Dispose();
        _added = added.DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _added?.Dispose();
        _added = null;
    }

    private float Distance(Tensor value, Tensor reference)
    {
        using var distance = RelativeL1.Between(value, reference, ranks);
        return distance.Number<float>();
    }
}
