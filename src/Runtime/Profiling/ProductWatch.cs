using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage;

/// <summary>Tells of every <see cref="Product"/> of a model while it lives, with forward hooks that it removes again.</summary>
internal sealed class ProductWatch : IDisposable
{
    private readonly Action<string, Product> _tell;
    private readonly List<Action> _remove = [];

    /// <param name="model">The model.</param>
    /// <param name="tell">Told the name of the module and the product, in the order of the calls.</param>
    public ProductWatch(Module model, Action<string, Product> tell)
    {
        _tell = tell;
        foreach (var (name, module) in model.named_modules())
        {
            switch (module)
            {
                case LinearLayer layer:
                    Watch(layer, name, output => checked(2 * output.numel() * layer.InFeatures));
                    break;
                case Linear linear:
                    Watch(linear, name, output => checked(2 * output.numel() * linear.in_features));
                    break;
                case Convolution convolution:
                    // Every output element is one dot product with the weight of its output channel.
                    Watch(convolution, name, output => checked(2 * output.numel() * (convolution.weight!.numel() / convolution.out_channels)));
                    break;
                case ScaledDotProductAttention attention:
                    var hook = attention.register_forward_hook((_, query, key, value, mask, output) =>
                    {
                        _tell(name, new Product(attention, [query, key, value], mask, output, ScaledDotProductAttention.Flops(query, key, value)));
                        return output;
                    });
                    _remove.Add(hook.remove);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var remove in _remove)
            remove();
    }

    private void Watch(Module<Tensor, Tensor> module, string name, Func<Tensor, long> count)
    {
        var hook = module.register_forward_hook((_, input, output) =>
        {
            _tell(name, new Product(module, [input], null, output, count(output)));
            return output;
        });
        _remove.Add(hook.remove);
    }
}
