using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A LayerNorm over the last dimension (<c>weight</c>, <c>bias</c>). torch's own fails on the meta device; this one gives a tensor
/// of the right shape there.
/// </summary>
internal sealed class LayerNormalization : Module<Tensor, Tensor>
{
    private readonly Parameter? weight;
    private readonly Parameter? bias;
    private readonly long[] _shape;
    private readonly double _eps;

    public LayerNormalization(long dim, double eps, bool elementwiseAffine, Device? device, ScalarType? dtype)
        : base(nameof(LayerNormalization))
    {
        _shape = [dim];
        _eps = eps;
        weight = elementwiseAffine ? Parameter(ones(_shape, dtype: dtype, device: device)) : null;
        bias = elementwiseAffine ? Parameter(zeros(_shape, dtype: dtype, device: device)) : null;
        RegisterComponents();
    }

    [NoSideEffects]
    public override Tensor forward(Tensor input) =>
        input.is_meta ? empty_like(input) : functional.layer_norm(input, _shape, weight, bias, _eps);

    /// <summary>norm(x)·(1 + scale) + shift in the type of scale and shift, then in that of x again.</summary>
    [NoSideEffects]
    public Tensor Modulate(Tensor input, Tensor scale, Tensor shift)
    {
        using var scope = NewDisposeScope();
        return Fused.Modulate(call(input.to(scale.dtype)), scale, shift).to(input.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>As above, with the scale and shift of a branch.</summary>
    [NoSideEffects]
    public Tensor Modulate(Tensor input, BranchModulation modulation) => Modulate(input, modulation.Scale, modulation.Shift);
}
