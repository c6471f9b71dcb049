using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Cli.Bench;

/// <summary>Products of the same sizes: one of them at a time, by torch's own function, with the weights of the next layer that has one, as in a step.</summary>
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
        var layer = product.Layer switch
        {
            Linear linear => $"linear {Sizes(linear.weight!)} {linear.bias is not null}",
            Convolution convolution => $"{convolution.GetType().Name} {Sizes(convolution.weight!)} {convolution.bias is not null}",
            _ => $"attention {(product.Mask is null ? "" : Sizes(product.Mask))}",
        };
        return $"{layer} of {string.Join(' ', product.Inputs.Select(Sizes))} {product.Output.dtype}";

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
            case Linear linear:
                functional.linear(Inputs[0], linear.weight!, linear.bias);
                break;
            case Module<Tensor, Tensor> convolution:
                convolution.forward(Inputs[0]);
                break;
            default:
                functional.scaled_dot_product_attention(Inputs[0], Inputs[1], Inputs[2], Inputs.Count > 3 ? Inputs[3] : null);
                break;
        }
        _next = (_next + 1) % _layers.Count;
    }
}
