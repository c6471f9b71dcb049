using Afterimage.Execution;
using static TorchSharp.torch;

namespace Afterimage.Generators.Tests.Driving;

/// <summary>A slot that stores copies and counts what it is asked.</summary>
internal sealed class FakeSlot : SiteSlot
{
    private readonly Dictionary<int, Tensor> _kept = [];

    public List<string> Log { get; } = [];

    public override void Keep(int tensor, Tensor value)
    {
        Log.Add($"keep {tensor}");
        _kept[tensor] = value.clone().DetachFromDisposeScope();
    }

    public override Tensor Take(int tensor)
    {
        Log.Add($"take {tensor}");
        return _kept[tensor].alias();
    }

    /// <summary>Whether a tensor shares its memory with what is kept.</summary>
    public bool Owns(int tensor, Tensor value)
    {
        using var before = value.clone();
        _kept[tensor].Plus_(1);
        using var same = value.eq(before);
        using var all = same.all();
        return !all.item<bool>();
    }
}
