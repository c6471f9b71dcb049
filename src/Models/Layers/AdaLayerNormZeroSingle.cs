using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The adaptive LayerNorm of a block with one branch (<c>linear</c>), in two calls as <see cref="AdaLayerNormZero"/>. Source:
/// diffusers <c>models/normalization.py</c> (AdaLayerNormZeroSingle).
/// </summary>
public sealed class AdaLayerNormZeroSingle : Module
{
    private readonly LinearLayer linear;
    private readonly LayerNormalization norm;

    /// <summary>Builds the layer.</summary>
    /// <param name="dim">The width of the tokens and of the timestep's embedding.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public AdaLayerNormZeroSingle(long dim, Device? device = null, ScalarType? dtype = null)
        : base(nameof(AdaLayerNormZeroSingle))
    {
        linear = Dense.Linear(dim, 3 * dim, true, device, dtype);
        norm = new LayerNormalization(dim, 1e-6, false, device, dtype);
        RegisterComponents();
    }

    /// <summary>Projects the timestep's embedding.</summary>
    /// <param name="temb">[batch, dim]</param>
    [NoSideEffects]
    public BranchModulation Modulation(Tensor temb)
    {
        using var activated = functional.silu(temb);
        using var projected = linear.call(activated);
        using var row = projected.unsqueeze(1);
        var parts = row.chunk(3, dim: -1);
        return new BranchModulation(parts[0], parts[1], parts[2]);
    }

    /// <summary>Normalises, then scales and shifts.</summary>
    /// <param name="input">[batch, tokens, dim]</param>
    /// <param name="modulation">What <see cref="Modulation"/> gave.</param>
    /// <returns>[batch, tokens, dim]</returns>
    [NoSideEffects]
    public Tensor Normalize(Tensor input, BranchModulation modulation) => norm.Modulate(input, modulation);
}
