using Afterimage.Execution;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Generators.Tests.Driving;

/// <summary>A stack's slot that keeps what its loop added, and notes what it is asked.</summary>
internal sealed class FakeStackSlot : StackSlot
{
    private readonly Dictionary<int, Tensor> _entered = [];
    private readonly Dictionary<int, Tensor> _branched = [];
    private readonly Dictionary<int, Tensor> _added = [];
    private readonly Dictionary<int, Tensor> _addedToRest = [];

    public List<string> Log { get; } = [];

    /// <summary>Whether the gated variant runs what is between the first block and the last.</summary>
    public bool RunsRest { get; set; } = true;

    public override void Enter(int tensor, Tensor value) => Note($"enter {tensor}", _entered, tensor, value);

    public override void Branch(int tensor, Tensor value) => Note($"branch {tensor}", _branched, tensor, value);

    public override void Keep(int tensor, Tensor value)
    {
        using var added = value.sub(_entered[tensor]);
        Note($"keep {tensor}", _added, tensor, added);
    }

    public override Tensor Take(int tensor) => throw new InvalidOperationException("A stack is taken with what it is added to.");

    public override Tensor Take(int tensor, Tensor input)
    {
        Log.Add($"take {tensor}");
        return input.Plus(_added[tensor]);
    }

    public override IEnumerable<T> Head<T>(IEnumerable<T> blocks) => blocks.Take(1);

    public override IEnumerable<T> Rest<T>(IEnumerable<T> blocks) => RunsRest ? blocks.Skip(1).SkipLast(1) : [];

    public override Tensor Leave(int tensor, Tensor value)
    {
        Log.Add($"leave {tensor}");
        if (!RunsRest)
            return value.Plus(_addedToRest[tensor]);
        _addedToRest[tensor] = value.sub(_branched[tensor]).DetachFromDisposeScope();
        return value;
    }

    public override IEnumerable<T> Tail<T>(IEnumerable<T> blocks) => blocks.TakeLast(1);

    private void Note(string entry, Dictionary<int, Tensor> notes, int tensor, Tensor value)
    {
        Log.Add(entry);
        notes[tensor] = value.clone().DetachFromDisposeScope();
    }
}
