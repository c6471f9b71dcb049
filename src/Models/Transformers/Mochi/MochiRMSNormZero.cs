using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The adaptive RMSNorm of one stream of a block (<c>linear</c>), in two calls, so that a block whose attention is reused keeps the
/// gates and leaves out the norm. That of the prompt in the last block has a scale alone (<c>linear_1</c>). Source: diffusers
/// <c>models/transformers/transformer_mochi.py</c> (MochiRMSNormZero, MochiLayerNormContinuous).
/// </summary>
public sealed class MochiRMSNormZero : Module
{
    private readonly LinearLayer? linear;
    private readonly LinearLayer? linear_1;
    private readonly RmsNormalization norm;

    /// <summary>Builds the layer.</summary>
    /// <param name="conditioningDim">The width of the timestep's embedding.</param>
    /// <param name="dim">The width of the tokens.</param>
    /// <param name="eps">The epsilon of the norm.</param>
    /// <param name="isLast">Whether the stream ends in this block.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public MochiRMSNormZero(
        long conditioningDim, long dim, double eps, bool isLast = false, Device? device = null, ScalarType? dtype = null)
        : base(nameof(MochiRMSNormZero))
    {
        linear = isLast ? null : Dense.Linear(conditioningDim, 4 * dim, true, device, dtype);
        linear_1 = isLast ? Dense.Linear(conditioningDim, dim, true, device, dtype) : null;
        norm = new RmsNormalization(dim, eps, false, device, dtype);
        RegisterComponents();
    }

    /// <summary>Projects the timestep's embedding.</summary>
    /// <param name="temb">[batch, conditioning dim]</param>
    [NoSideEffects]
    public MochiModulation Modulation(Tensor temb)
    {
        using var scope = NewDisposeScope();
        var projected = (linear ?? linear_1!).call(functional.silu(temb)).unsqueeze(1);
        if (linear is null)
            return new(Scale(projected), null);
        var parts = projected.chunk(4, dim: -1); // scale, gate, and those of the feed-forward
        return new(Scale(parts[0]), new(Gate(parts[1]), Scale(parts[2]), Gate(parts[3])));

        static Tensor Scale(Tensor part) => part.to(Precision.AtLeastSingle(part.dtype)).Plus(1).MoveToOuterDisposeScope();
        static Tensor Gate(Tensor part) => part.tanh().MoveToOuterDisposeScope();
    }

    /// <summary>Normalises, then scales.</summary>
    /// <param name="input">[batch, tokens, dim]</param>
    /// <param name="modulation">What <see cref="Modulation"/> gave.</param>
    /// <returns>[batch, tokens, dim]</returns>
    [NoSideEffects]
    public Tensor Normalize(Tensor input, MochiModulation modulation) => norm.Scaled(input, modulation.Scale);
}
