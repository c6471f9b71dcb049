using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Cli.Bench;

/// <summary>Products of the same sizes: one of them at a time, by the fastest function there is and without an activation, with the weights of the next layer that has one, as in a step.</summary>
internal sealed class LoneProduct(Product first) : LoneWork(
    first.Layer is ScaledDotProductAttention ? WorkKind.Attention : WorkKind.Layer,
    first.Flops,
    0,
    [.. first.Inputs.Select(Copy), .. first.Mask is null ? Array.Empty<Tensor>() : [Copy(first.Mask)]])
{
    private readonly List<Module> _layers = [first.Layer];
    private int _next;

    /// <summary>The same for products that take the same time.</summary>
    public static string KeyOf(Product product)
    {
        var kind = product.Layer switch
        {
            LinearLayer layer => $"linear {Sizes(layer.Weight)} {layer.Bias is not null}",
            Linear linear => $"linear {Sizes(linear.weight!)} {linear.bias is not null}",
            Convolution convolution => $"{convolution.GetType().Name} {Sizes(convolution.weight!)} {convolution.bias is not null}",
            _ => $"attention {(product.Mask is null ? "" : Sizes(product.Mask))}",
        };
        return $"{kind} of {string.Join(' ', product.Inputs.Select(Sizes))} {product.Output.dtype}";

        static string Sizes(Tensor tensor) => $"[{string.Join(',', tensor.shape)}]";
    }

    /// <summary>One more layer that has such a product.</summary>
    public void Add(Module layer)
    {
        if (!_layers.Contains(layer))
            _layers.Add(layer);
    }

    protected override void Do()
    {
        switch (_layers[_next])
        {
            case LinearLayer layer when OneDnn.Takes(Inputs[0], layer.Weight, layer.Bias):
                OneDnn.Linear(Inputs[0], layer.Weight, layer.Bias, LinearActivation.None);
                break;
            case LinearLayer layer:
                functional.linear(Inputs[0], layer.Weight, layer.Bias);
                break;
            case Linear linear:
                functional.linear(Inputs[0], linear.weight!, linear.bias);
                break;
            case Module<Tensor, Tensor> convolution:
                convolution.forward(Inputs[0]);
                break;
            case ScaledDotProductAttention attention:
                attention.forward(Inputs[0], Inputs[1], Inputs[2], Inputs.Count > 3 ? Inputs[3] : null);
                break;
        }
        _next = (_next + 1) % _layers.Count;
    }
}
