using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Adds each frame's position to the tokens of a position (diffusers' buffer <c>temp_pos_embed</c>, which no checkpoint holds).
/// </summary>
internal sealed class LatteFramePositions(LatteTransformer3DModelConfig config)
    : Module<Tensor, Tensor>(nameof(LatteFramePositions))
{
    private readonly LastValue<(ScalarType Dtype, DeviceType Type, int Index), Tensor> _tables = new();

    /// <summary>[batch × positions, frames, dim] with the frames that the model is made for.</summary>
    [NoSideEffects]
    public override Tensor forward(Tensor tokens) =>
        tokens.Plus(_tables.For((tokens.dtype, tokens.device_type, tokens.device_index), () => Table(tokens.dtype, tokens.device)));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _tables.Dispose();
        base.Dispose(disposing);
    }

    private Tensor Table(ScalarType dtype, Device device)
    {
        using var wide = SinCosPositions.Table1D(config.InnerDim, config.VideoLength, device);
        using var single = wide.to(ScalarType.Float32);
        return single.to(dtype).DetachFromDisposeScope();
    }
}
