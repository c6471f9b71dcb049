using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A LayerNorm whose shift and scale come from the timestep's embedding (<c>linear</c>, <c>norm</c>). Source: diffusers
/// <c>models/normalization.py</c> (AdaLayerNorm with chunk_dim = 1).
/// </summary>
public sealed class AdaLayerNorm : Module<Tensor, Tensor, Tensor>
{
    private readonly LinearLayer linear;
    private readonly LayerNormalization norm;

    /// <summary>Builds the layer.</summary>
    /// <param name="embeddingDim">The width of the timestep's embedding.</param>
    /// <param name="dim">The width of the tokens.</param>
    /// <param name="elementwiseAffine">Whether the norm has weights of its own.</param>
    /// <param name="eps">The epsilon of the norm.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public AdaLayerNorm(
        long embeddingDim, long dim, bool elementwiseAffine = false, double eps = 1e-5, Device? device = null, ScalarType? dtype = null)
        : base(nameof(AdaLayerNorm))
    {
        linear = Dense.Linear(embeddingDim, 2 * dim, true, device, dtype);
        norm = new LayerNormalization(dim, eps, elementwiseAffine, device, dtype);
        RegisterComponents();
    }

    /// <summary>norm(x)·(1 + scale) + shift.</summary>
    /// <param name="input">[batch, tokens, dim]</param>
    /// <param name="temb">[batch, embedding dim]</param>
    /// <returns>[batch, tokens, dim]</returns>
    [NoSideEffects]
    public override Tensor forward(Tensor input, Tensor temb)
    {
        using var scope = NewDisposeScope();
        var parts = linear.call(functional.silu(temb)).unsqueeze(1).chunk(2, dim: -1); // shift, scale
        return Fused.Modulate(norm.call(input), parts[1], parts[0]).MoveToOuterDisposeScope();
    }
}
