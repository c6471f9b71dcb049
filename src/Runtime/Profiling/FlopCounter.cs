using static TorchSharp.torch.nn;

namespace Afterimage;

/// <summary>Counts floating-point operations by module while it lives.</summary>
internal sealed class FlopCounter : IDisposable
{
    private readonly Dictionary<string, long> _flops = [];
    private readonly ProductWatch _watch;

    public FlopCounter(Module model) => _watch = new ProductWatch(model, (name, product) => _flops[name] = Sum(_flops.GetValueOrDefault(name), product.Flops));

    /// <summary>All operations.</summary>
    public long Total => _flops.Values.Aggregate(0L, Sum);

    /// <summary>The operations of one module and everything in it.</summary>
    public long Inside(string module) =>
        _flops.Where(entry => entry.Key == module || entry.Key.StartsWith(module + '.', StringComparison.Ordinal)).Aggregate(0L, (sum, entry) => Sum(sum, entry.Value));

    /// <inheritdoc/>
    public void Dispose() => _watch.Dispose();

    private static long Sum(long a, long b) => checked(a + b);
}
