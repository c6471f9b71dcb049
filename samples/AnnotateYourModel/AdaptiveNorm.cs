using Afterimage;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AnnotateYourModel;

/// <summary>
/// A norm that the timestep shifts and scales. Two calls, so that a block whose attention is reused keeps the gate and leaves
/// the norm out.
/// </summary>
internal sealed class AdaptiveNorm : Module
{
    private readonly Linear linear;
    private readonly LayerNorm norm;

    public AdaptiveNorm(long width)
        : base(nameof(AdaptiveNorm))
    {
        linear = Linear(width, 3 * width);
        norm = LayerNorm(width, elementwise_affine: false);
        RegisterComponents();
    }

    /// <summary>What a timestep does to one branch of a block: three times [B, 1, D].</summary>
    [NoSideEffects]
    public (Tensor Shift, Tensor Scale, Tensor Gate) Modulation(Tensor time)
    {
        using var scope = NewDisposeScope();
        var parts = linear.call(time).unsqueeze(1).chunk(3, dim: -1);
        return scope.MoveToOuter(parts[0], parts[1], parts[2]);
    }

    /// <summary>The tokens, normalised, scaled and shifted.</summary>
    [NoSideEffects]
    public Tensor Normalize(Tensor tokens, Tensor shift, Tensor scale)
    {
        using var scope = NewDisposeScope();
        return (norm.call(tokens) * scale.Plus(1)).Plus(shift).MoveToOuterDisposeScope();
    }
}
