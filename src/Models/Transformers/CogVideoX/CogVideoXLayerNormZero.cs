using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The adaptive LayerNorm of CogVideoX (<c>linear</c>, <c>norm</c>), in two calls, so that a block whose attention is reused
/// keeps the gates and leaves out the norms. Source: diffusers <c>models/normalization.py</c> (CogVideoXLayerNormZero).
/// </summary>
public sealed class CogVideoXLayerNormZero : Module
{
    private readonly LinearLayer linear;
    private readonly LayerNormalization norm;

    /// <summary>Builds the layer.</summary>
    /// <param name="conditioningDim">The width of the timestep's embedding.</param>
    /// <param name="dim">The width of the tokens.</param>
    /// <param name="elementwiseAffine">Whether the norm has weights of its own.</param>
    /// <param name="eps">The epsilon of the norm.</param>
    /// <param name="bias">Whether the projection has a bias.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public CogVideoXLayerNormZero(
        long conditioningDim,
        long dim,
        bool elementwiseAffine = true,
        double eps = 1e-5,
        bool bias = true,
        Device? device = null,
        ScalarType? dtype = null)
        : base(nameof(CogVideoXLayerNormZero))
    {
        linear = Dense.Linear(conditioningDim, 6 * dim, bias, device, dtype);
        norm = new LayerNormalization(dim, eps, elementwiseAffine, device, dtype);
        RegisterComponents();
    }

    /// <summary>Projects the timestep's embedding.</summary>
    /// <param name="temb">[batch, conditioning dim]</param>
    [NoSideEffects]
    public CogVideoXModulation Modulation(Tensor temb)
    {
        using var activated = functional.silu(temb);
        using var projected = linear.call(activated);
        using var rows = projected.unsqueeze(1);
        var parts = rows.chunk(6, dim: -1);
        return new CogVideoXModulation(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
    }

    /// <summary>Normalises both streams, then scales and shifts each.</summary>
    /// <param name="hidden">The video tokens, [batch, video, dim].</param>
    /// <param name="encoder">The prompt tokens, [batch, text, dim].</param>
    /// <param name="modulation">What <see cref="Modulation"/> gave.</param>
    /// <returns>The video tokens and the prompt tokens, of the same shapes.</returns>
    [NoSideEffects]
    public (Tensor Hidden, Tensor Encoder) Normalize(Tensor hidden, Tensor encoder, CogVideoXModulation modulation)
    {
        using var normHidden = norm.call(hidden);
        using var normEncoder = norm.call(encoder);
        return (
            Fused.Modulate(normHidden, modulation.Scale, modulation.Shift),
            Fused.Modulate(normEncoder, modulation.EncoderScale, modulation.EncoderShift));
    }
}
