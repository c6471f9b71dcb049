using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage;

/// <summary>Counts floating-point operations by module while it lives, with forward hooks that it removes again.</summary>
internal sealed class FlopCounter : IDisposable
{
    private readonly Dictionary<string, long> _flops = [];
    private readonly List<Action> _remove = [];

    public FlopCounter(Module model)
    {
        foreach (var (name, module) in model.named_modules())
        {
            switch (module)
            {
                case LinearLayer layer:
                    Watch(layer, name, (_, output) => checked(2 * output.numel() * layer.InFeatures));
                    break;
                case Linear linear:
                    Watch(linear, name, (_, output) => checked(2 * output.numel() * linear.in_features));
                    break;
                case Convolution convolution:
                    // Every output element is one dot product with the weight of its output channel.
                    Watch(convolution, name, (_, output) => checked(2 * output.numel() * (convolution.weight!.numel() / convolution.out_channels)));
                    break;
                case ScaledDotProductAttention attention:
                    var hook = attention.register_forward_hook((_, query, key, value, _, output) =>
                    {
                        Add(name, ScaledDotProductAttention.Flops(query, key, value));
                        return output;
                    });
                    _remove.Add(hook.remove);
                    break;
            }
        }
    }

    /// <summary>All operations.</summary>
    public long Total => _flops.Values.Aggregate(0L, Sum);

    /// <summary>The operations of one module and everything in it.</summary>
    public long Inside(string module) =>
        _flops.Where(entry => entry.Key == module || entry.Key.StartsWith(module + '.', StringComparison.Ordinal)).Aggregate(0L, (sum, entry) => Sum(sum, entry.Value));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var remove in _remove)
            remove();
    }

    private void Watch(Module<Tensor, Tensor> module, string name, Func<Tensor, Tensor, long> count)
    {
        var hook = module.register_forward_hook((_, input, output) =>
        {
            Add(name, count(input, output));
            return output;
        });
        _remove.Add(hook.remove);
    }

    private void Add(string name, long flops) => _flops[name] = Sum(_flops.GetValueOrDefault(name), flops);

    private static long Sum(long a, long b) => checked(a + b);
}
