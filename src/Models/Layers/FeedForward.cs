using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A feed-forward layer: projection and activation (<c>net.0</c>), dropout, projection (<c>net.2</c>), and at will dropout
/// again. Source: diffusers <c>models/attention.py</c> (FeedForward).
/// </summary>
public sealed class FeedForward : Module<Tensor, Tensor>
{
    private readonly ModuleList<Module<Tensor, Tensor>> net;

    /// <summary>Builds the layer.</summary>
    /// <param name="dim">The width of the input.</param>
    /// <param name="dimOut">The width of the output; <see langword="null"/> for <paramref name="dim"/>.</param>
    /// <param name="mult">The inner width over <paramref name="dim"/>, where <paramref name="innerDim"/> is not given.</param>
    /// <param name="dropout">The share of elements that training drops.</param>
    /// <param name="activation">As in <see cref="ActivationProjection"/>.</param>
    /// <param name="finalDropout">Whether training drops at the end too.</param>
    /// <param name="innerDim">The inner width.</param>
    /// <param name="bias">Whether the projections have biases.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    /// <exception cref="ArgumentException">The activation is not known.</exception>
    public FeedForward(
        long dim,
        long? dimOut = null,
        long mult = 4,
        double dropout = 0,
        string activation = "geglu",
        bool finalDropout = false,
        long? innerDim = null,
        bool bias = true,
        Device? device = null,
        ScalarType? dtype = null)
        : base(nameof(FeedForward))
    {
        var inner = innerDim ?? dim * mult;
        net =
        [
            new ActivationProjection(dim, inner, activation, bias, device, dtype),
            Dropout(dropout),
            Dense.Linear(inner, dimOut ?? dim, bias, device, dtype),
        ];
        if (finalDropout)
            net.Add(Dropout(dropout));
        RegisterComponents();
    }

    /// <summary>Runs the layers.</summary>
    /// <param name="input">[…, dim]</param>
    /// <returns>[…, dimOut]</returns>
    [NoSideEffects]
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var output = input;
        foreach (var layer in net)
        {
            if (layer is Dropout && !layer.training)
                continue;
            var next = layer.call(output);
            // The inner activation is the largest tensor of a block: give it back before the next layer allocates.
            if (!ReferenceEquals(output, input))
                output.Dispose();
            output = next;
        }

        return output.MoveToOuterDisposeScope();
    }
}
