using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A norm over the last dimension that divides by the root of the mean square (<c>weight</c>), in float32 for half types. Source:
/// torch's RMSNorm.
/// </summary>
internal sealed class RmsNormalization : Module<Tensor, Tensor>
{
    private readonly Parameter? weight;
    private readonly double _eps;

    public RmsNormalization(long dim, double eps, bool elementwiseAffine, Device? device, ScalarType? dtype)
        : base(nameof(RmsNormalization))
    {
        _eps = eps;
        weight = elementwiseAffine ? Parameter(ones(dim, dtype: dtype, device: device)) : null;
        RegisterComponents();
    }

    [NoSideEffects]
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Wide(input).to(input.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>norm(x)·factor, rounded to the type of x once.</summary>
    [NoSideEffects]
    public Tensor Scaled(Tensor input, Tensor factor)
    {
        using var scope = NewDisposeScope();
        return (Wide(input) * factor).to(input.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>norm(x)·(1 + scale) + shift, with the scale and shift of a branch.</summary>
    [NoSideEffects]
    public Tensor Modulate(Tensor input, BranchModulation modulation)
    {
        using var scope = NewDisposeScope();
        return Fused.Modulate(call(input), modulation.Scale, modulation.Shift).MoveToOuterDisposeScope();
    }

    private Tensor Wide(Tensor input)
    {
        var wide = input.to(Precision.AtLeastSingle(input.dtype));
        var normalized = wide * wide.Squared().mean([-1], keepdim: true).Plus(_eps).rsqrt();
        return weight is null ? normalized : normalized * weight;
    }
}
