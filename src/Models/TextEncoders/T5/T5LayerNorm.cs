using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A norm that divides by the root of the mean square (<c>weight</c>), computed in float32 and given in the type of its weights,
/// whatever comes in. Source: transformers <c>models/t5/modeling_t5.py</c>, <c>T5LayerNorm</c>.
/// </summary>
internal sealed class T5LayerNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly double _eps;

    public T5LayerNorm(T5EncoderModelConfig config, Device? device, ScalarType? dtype)
        : base(nameof(T5LayerNorm))
    {
        _eps = config.LayerNormEpsilon;
        weight = Parameter(ones(config.DModel, dtype: dtype, device: device));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var wide = input.to(Precision.AtLeastSingle(input.dtype));
        var normalized = wide * wide.Squared().mean([-1], keepdim: true).Plus(_eps).rsqrt();
        return (weight * normalized.to(weight.dtype)).MoveToOuterDisposeScope();
    }
}
