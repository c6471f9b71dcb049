using static TorchSharp.torch;

namespace Afterimage.Kernels;

/// <summary>
/// Weights of combinations where a kernel reads them: each set is sent to the device once, since a schedule repeats few of them. Not thread-safe.
/// </summary>
internal sealed class WeightTables : IDisposable
{
    /// <summary>The most sets that are kept at a time. Where more come than this, none of them comes again.</summary>
    public const int MostSets = 64;

    private readonly List<(double[] Weights, Tensor Table)> _sets = [];

    /// <summary>The weights as float32, in the order that a combination adds its terms in: of the oldest, then from the newest on.</summary>
    /// <param name="device">Where to.</param>
    /// <param name="weights">From that of the newest to that of the oldest.</param>
    /// <returns>A tensor that these tables own; the next call may dispose of it.</returns>
    public Tensor On(Device device, ReadOnlySpan<double> weights)
    {
        for (var i = _sets.Count - 1; i >= 0; i--)
        {
            if (weights.SequenceEqual(_sets[i].Weights))
                return _sets[i].Table;
        }
        if (_sets.Count == MostSets)
            Dispose();
        var table = Sent(device, weights);
        _sets.Add((weights.ToArray(), table));
        return table;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, table) in _sets)
            table.Dispose();
        _sets.Clear();
    }

    private static Tensor Sent(Device device, ReadOnlySpan<double> weights)
    {
        var numbers = new float[weights.Length];
        for (var term = 0; term < numbers.Length; term++)
            numbers[term] = (float)weights[term == 0 ? ^1 : term - 1];
        return HostTraffic.Sent(numbers, device).DetachFromDisposeScope();
    }
}
