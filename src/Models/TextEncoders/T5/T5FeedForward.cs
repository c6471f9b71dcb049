using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Two projections with an activation in between, gated in version 1.1. In a float16 model the second is held and done in
/// float32, which float16 would overflow. Source: transformers <c>models/t5/modeling_t5.py</c>, <c>T5DenseActDense</c>,
/// <c>T5DenseGatedActDense</c>, <c>_keep_in_fp32_modules</c>.
/// </summary>
internal sealed class T5FeedForward : Module<Tensor, Tensor>
{
    private readonly LinearLayer? wi;
    private readonly LinearLayer? wi_0;
    private readonly LinearLayer? wi_1;
    private readonly LinearLayer wo;
    private readonly Func<Tensor, Tensor> _activation;

    public T5FeedForward(T5EncoderModelConfig config, Device? device, ScalarType? dtype)
        : base(nameof(T5FeedForward))
    {
        LinearLayer Inner() => Dense.Linear(config.DModel, config.DFf, false, device, dtype);
        wi = config.IsGated ? null : Inner();
        wi_0 = config.IsGated ? Inner() : null;
        wi_1 = config.IsGated ? Inner() : null;
        var isHalf = (dtype ?? get_default_dtype()) == ScalarType.Float16;
        wo = Dense.Linear(config.DFf, config.DModel, false, device, isHalf ? ScalarType.Float32 : dtype);
        _activation = Activations.Get(config.Activation);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var inner = wi is not null ? _activation(wi.call(hidden)) : _activation(wi_0!.call(hidden)) * wi_1!.call(hidden);
        return wo.call(inner.to(wo.Weight.dtype)).MoveToOuterDisposeScope();
    }
}
