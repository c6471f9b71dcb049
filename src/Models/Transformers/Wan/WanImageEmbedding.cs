using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Embeds what an image encoder says of a picture (<c>norm1</c>, <c>ff</c>, <c>norm2</c>), or of a first and a last one side by side, which learned positions
/// (<c>pos_embed</c>) tell apart. Source: diffusers <c>models/transformers/transformer_wan.py</c> (WanImageEmbedding).
/// </summary>
public sealed class WanImageEmbedding : Module<Tensor, Tensor>
{
    private readonly LayerNormalization norm1;
    private readonly FeedForward ff;
    private readonly LayerNormalization norm2;
    private readonly Parameter? pos_embed; // [1, tokens of both, D]

    /// <summary>Builds the layer.</summary>
    /// <param name="inputs">The width of the picture's embedding.</param>
    /// <param name="outputs">The width of the tokens.</param>
    /// <param name="positions">The tokens of the first and the last picture together; <see langword="null"/> where there is one picture.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public WanImageEmbedding(long inputs, long outputs, long? positions = null, Device? device = null, ScalarType? dtype = null)
        : base(nameof(WanImageEmbedding))
    {
        norm1 = new LayerNormalization(inputs, 1e-5, true, device, dtype);
        ff = new FeedForward(inputs, outputs, mult: 1, activation: "gelu", device: device, dtype: dtype);
        norm2 = new LayerNormalization(outputs, 1e-5, true, device, dtype);
        pos_embed = positions is { } tokens ? Parameter(zeros([1, tokens, inputs], dtype: dtype, device: device)) : null;
        RegisterComponents();
    }

    /// <summary>Embeds.</summary>
    /// <param name="image">[batch, tokens, inputs]; with positions [2 × batch, tokens, inputs], the first and the last picture of each sample in turn.</param>
    /// <returns>[batch, tokens or twice as many, outputs]</returns>
    [NoSideEffects]
    public override Tensor forward(Tensor image)
    {
        using var scope = NewDisposeScope();
        var tokens = pos_embed is null ? image : image.reshape(-1, 2 * image.size(1), image.size(2)).Plus(pos_embed);
        return norm2.call(ff.call(norm1.call(tokens))).MoveToOuterDisposeScope();
    }
}
