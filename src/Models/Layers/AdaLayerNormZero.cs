using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The adaptive LayerNorm of a block with two branches (<c>linear</c>), in two calls, so that a block whose attention is reused
/// keeps the gates and leaves out the norm. Source: diffusers <c>models/normalization.py</c> (AdaLayerNormZero).
/// </summary>
public sealed class AdaLayerNormZero : Module
{
    private readonly LinearLayer linear;
    private readonly LayerNormalization norm;

    /// <summary>Builds the layer.</summary>
    /// <param name="dim">The width of the tokens and of the timestep's embedding.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public AdaLayerNormZero(long dim, Device? device = null, ScalarType? dtype = null)
        : base(nameof(AdaLayerNormZero))
    {
        linear = Dense.Linear(dim, 6 * dim, true, device, dtype);
        norm = new LayerNormalization(dim, 1e-6, false, device, dtype);
        RegisterComponents();
    }

    /// <summary>Projects the timestep's embedding.</summary>
    /// <param name="temb">[batch, dim]</param>
    [NoSideEffects]
    public (BranchModulation Attention, BranchModulation FeedForward) Modulation(Tensor temb)
    {
        using var activated = functional.silu(temb);
        using var projected = linear.call(activated);
        using var rows = projected.view(projected.size(0), 6, -1);
        return BranchModulation.Pair(rows);
    }

    /// <summary>Normalises, then scales and shifts.</summary>
    /// <param name="input">[batch, tokens, dim]</param>
    /// <param name="modulation">The attention's part of what <see cref="Modulation"/> gave.</param>
    /// <returns>[batch, tokens, dim]</returns>
    [NoSideEffects]
    public Tensor Normalize(Tensor input, BranchModulation modulation) => norm.Modulate(input, modulation);
}
