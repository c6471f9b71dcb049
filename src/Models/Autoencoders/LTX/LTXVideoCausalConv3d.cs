using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A 3-D convolution (<c>conv</c>) before whose first frame that one stands again, and where it may see the future also after the last one. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_ltx.py</c>, <c>LTXVideoCausalConv3d</c>.
/// </summary>
internal sealed class LTXVideoCausalConv3d : Module<Tensor, Tensor>, IMeasured
{
    private readonly Convolution conv;
    private readonly long _before;
    private readonly long _after;

    public LTXVideoCausalConv3d(long inputs, long outputs, bool isCausal, Device? device, ScalarType? dtype, long kernel = 3, long stride = 1)
        : base(nameof(LTXVideoCausalConv3d))
    {
        conv = new Convolution(inputs, outputs, [kernel, kernel, kernel], [stride, stride, stride], [0, kernel / 2, kernel / 2], device, dtype);
        (_before, _after) = isCausal ? (kernel - 1, 0) : ((kernel - 1) / 2, (kernel - 1) / 2);
        RegisterComponents();
    }

    /// <summary>[batch, inputs, frames, height, width] to [batch, outputs, …], each size divided by the stride, rounded up. The caller owns the result.</summary>
    public override Tensor forward(Tensor input) => _before == 0 ? conv.InParts(input) : Extended(input).Then(conv.InParts);

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => _before == 0
        ? conv.MeasureInParts(input)
        : Footprint.Of(input).Then(input with { Frames = input.Frames + _before + _after }).Then(conv.MeasureInParts);

    private Tensor Extended(Tensor input)
    {
        using var scope = NewDisposeScope();
        var first = input.narrow(2, 0, 1).expand(-1, -1, _before, -1, -1);
        var last = input.narrow(2, input.size(2) - 1, 1).expand(-1, -1, _after, -1, -1);
        return cat([first, input, last], 2).MoveToOuterDisposeScope();
    }
}
