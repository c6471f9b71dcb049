using Afterimage.Execution;
using static TorchSharp.torch;

namespace Afterimage.Generators.Tests.Driving;

/// <summary>A stack's slot that keeps what the blocks added, and runs the parts of its blocks that it is told to.</summary>
internal sealed class FakeStack : StackSlot
{
    private readonly Dictionary<int, Tensor> _entered = [];
    private readonly Dictionary<int, Tensor> _added = [];

    public List<string> Log { get; } = [];

    public (int Head, int Tail, bool Skips) Gate { get; set; }

    public override void Enter(int tensor, Tensor value)
    {
        Log.Add($"enter {tensor}");
        _entered[tensor] = value.clone().DetachFromDisposeScope();
    }

    public override void Keep(int tensor, Tensor value)
    {
        Log.Add($"keep {tensor}");
        _added[tensor] = (value - _entered[tensor]).DetachFromDisposeScope();
    }

    public override Tensor Take(int tensor) => _added[tensor].alias();

    public override Tensor Take(int tensor, Tensor input)
    {
        Log.Add($"take {tensor}");
        return input + _added[tensor];
    }

    public override IEnumerable<T> Head<T>(IEnumerable<T> blocks) => blocks.Take(Gate.Head);

    public override void Branch(int tensor, Tensor value) => Enter(tensor, value);

    public override IEnumerable<T> Rest<T>(IEnumerable<T> blocks) => Gate.Skips ? [] : blocks.Skip(Gate.Head).SkipLast(Gate.Tail);

    public override Tensor Leave(int tensor, Tensor value)
    {
        if (Gate.Skips)
            return Take(tensor, value);
        Keep(tensor, value);
        return value;
    }

    public override IEnumerable<T> Tail<T>(IEnumerable<T> blocks) => blocks.TakeLast(Gate.Tail);
}
