using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>The smallest size, of the encoder or the decoder. Source: diffusers <c>models/autoencoders/autoencoder_kl_wan.py</c>, <c>WanMidBlock</c>.</summary>
internal sealed class WanMidBlock : Module<Tensor, ConvolutionCache, Tensor>, IMeasured
{
    private readonly ModuleList<WanAttentionBlock> attentions;
    private readonly ModuleList<WanResidualBlock> resnets;

    public WanMidBlock(long channels, double dropout, Device? device, ScalarType? dtype)
        : base(nameof(WanMidBlock))
    {
        attentions = [new WanAttentionBlock(channels, device, dtype)];
        resnets =
        [
            new WanResidualBlock(channels, channels, dropout, device, dtype),
            new WanResidualBlock(channels, channels, dropout, device, dtype),
        ];
        RegisterComponents();
    }

    /// <summary>[batch, channels, frames, height, width] to the same. The caller owns the result.</summary>
    public override Tensor forward(Tensor input, ConvolutionCache cache) => resnets[0].call(input, cache)
        .Then(each => attentions[0].call(each, cache))
        .Then(each => resnets[1].call(each, cache));

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input).Then(resnets[0].Measure).Then(attentions).Then(resnets[1].Measure);
}
