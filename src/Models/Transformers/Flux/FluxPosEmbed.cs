using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The rotary positions of prompt and image. Source: diffusers <c>models/transformers/transformer_flux.py</c> (FluxPosEmbed).
/// </summary>
/// <param name="dims">The channels of a head that belong to each axis.</param>
public sealed class FluxPosEmbed(long[] dims) : Module<FluxPositionIds, RotaryEmbedding>(nameof(FluxPosEmbed))
{
    /// <summary>The tables of all tokens, prompt first.</summary>
    [NoSideEffects]
    public override RotaryEmbedding forward(FluxPositionIds ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        using var all = cat([ids.Text, ids.Image], dim: 0);
        return RotaryGrid.OfIds(all, dims);
    }
}
