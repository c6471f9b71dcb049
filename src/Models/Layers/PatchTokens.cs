using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Makes tokens of the patches of latents (<c>proj</c>), without positions. Sources: diffusers <c>models/embeddings.py</c> (PatchEmbed
/// with pos_embed_type = None) and <c>models/transformers/transformer_hunyuan_video.py</c> (HunyuanVideoPatchEmbed).
/// </summary>
internal sealed class PatchTokens : Module<Tensor, Tensor>
{
    private readonly PatchProjection proj;

    /// <summary>Builds the layer.</summary>
    /// <param name="channels">The channels of the latents.</param>
    /// <param name="dim">The width of the tokens.</param>
    /// <param name="patch">Rows and columns of a patch, or frames, rows and columns.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public PatchTokens(long channels, long dim, ReadOnlySpan<long> patch, Device? device, ScalarType? dtype)
        : base(nameof(PatchTokens))
    {
        proj = new PatchProjection(channels, dim, patch, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>The type of the weights.</summary>
    public ScalarType Dtype => proj.Dtype;

    /// <summary>[batch, channels, frames, height, width] to [batch, frames × rows × columns, dim].</summary>
    [NoSideEffects]
    public override Tensor forward(Tensor latents) => proj.call(latents);
}
