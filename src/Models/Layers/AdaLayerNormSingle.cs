using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// One projection of the timestep for all blocks, to which each adds a table of its own (<c>emb.timestep_embedder</c>,
/// <c>linear</c>). Source: diffusers <c>models/normalization.py</c> (AdaLayerNormSingle), without resolution and aspect ratio.
/// </summary>
public sealed class AdaLayerNormSingle : Module<Tensor, (Tensor Modulation, Tensor Embedded)>
{
    private readonly PixArtAlphaTimestepEmbedding emb;
    private readonly LinearLayer linear;

    /// <summary>Builds the layer.</summary>
    /// <param name="dim">The width of the tokens.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public AdaLayerNormSingle(long dim, Device? device = null, ScalarType? dtype = null)
        : base(nameof(AdaLayerNormSingle))
    {
        emb = new PixArtAlphaTimestepEmbedding(dim, device, dtype);
        linear = Dense.Linear(dim, 6 * dim, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>Embeds timesteps.</summary>
    /// <param name="timestep">[batch]</param>
    /// <returns>What blocks add their tables to, [batch, 6, dim], and the timestep's embedding, [batch, dim].</returns>
    [NoSideEffects]
    public override (Tensor Modulation, Tensor Embedded) forward(Tensor timestep)
    {
        using var scope = NewDisposeScope();
        var embedded = emb.call(timestep);
        var projected = linear.call(functional.silu(embedded));
        return (projected.view(embedded.size(0), 6, -1).MoveToOuterDisposeScope(), embedded.MoveToOuterDisposeScope());
    }
}
