using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A LayerNorm whose scale and shift, in this order, come from an embedding (<c>linear</c>, <c>norm</c>). Source: diffusers
/// <c>models/normalization.py</c> (AdaLayerNormContinuous).
/// </summary>
public sealed class AdaLayerNormContinuous : Module<Tensor, Tensor, Tensor>
{
    private readonly LinearLayer linear;
    private readonly LayerNormalization norm;

    /// <summary>Builds the layer.</summary>
    /// <param name="dim">The width of the tokens.</param>
    /// <param name="conditioningDim">The width of the embedding.</param>
    /// <param name="elementwiseAffine">Whether the norm has weights of its own.</param>
    /// <param name="eps">The epsilon of the norm.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public AdaLayerNormContinuous(
        long dim,
        long conditioningDim,
        bool elementwiseAffine = true,
        double eps = 1e-5,
        Device? device = null,
        ScalarType? dtype = null)
        : base(nameof(AdaLayerNormContinuous))
    {
        linear = Dense.Linear(conditioningDim, 2 * dim, true, device, dtype);
        norm = new LayerNormalization(dim, eps, elementwiseAffine, device, dtype);
        RegisterComponents();
    }

    /// <summary>norm(x)·(1 + scale) + shift.</summary>
    /// <param name="input">[batch, tokens, dim]</param>
    /// <param name="conditioning">[batch, conditioning dim]</param>
    /// <returns>[batch, tokens, dim]</returns>
    [NoSideEffects]
    public override Tensor forward(Tensor input, Tensor conditioning)
    {
        using var scope = NewDisposeScope();
        var parts = linear.call(functional.silu(conditioning).to(input.dtype)).unsqueeze(1).chunk(2, dim: -1); // scale, shift
        return Fused.Modulate(norm.call(input), parts[0], parts[1]).MoveToOuterDisposeScope();
    }
}
