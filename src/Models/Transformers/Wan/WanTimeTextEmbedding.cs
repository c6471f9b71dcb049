using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Embeds timestep, prompt and image (<c>time_embedder</c>, <c>time_proj</c>, <c>text_embedder</c>, <c>image_embedder</c>). Source: diffusers
/// <c>models/transformers/transformer_wan.py</c> (WanTimeTextImageEmbedding).
/// </summary>
public sealed class WanTimeTextEmbedding : Module<Tensor, Tensor, (Tensor Temb, Tensor Modulation, Tensor Encoder)>
{
    private readonly Timesteps timesteps_proj;
    private readonly TimestepEmbedding time_embedder; // at least float32
    private readonly LinearLayer time_proj;
    private readonly PixArtAlphaTextProjection text_embedder;
    private readonly WanImageEmbedding? image_embedder;

    /// <summary>Builds the layer.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public WanTimeTextEmbedding(WanTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(WanTimeTextEmbedding))
    {
        ArgumentNullException.ThrowIfNull(config);
        var dim = config.InnerDim;
        timesteps_proj = new Timesteps(config.FreqDim, flipSinToCos: true, downscaleFreqShift: 0);
        time_embedder = new TimestepEmbedding(config.FreqDim, dim, device: device, dtype: Precision.AtLeastSingle(dtype));
        time_proj = Dense.Linear(dim, 6 * dim, true, device, dtype);
        text_embedder = new PixArtAlphaTextProjection(config.TextDim, dim, "gelu_tanh", device, dtype);
        image_embedder = config.ImageDim is { } width ? new WanImageEmbedding(width, dim, config.PosEmbedSeqLen, device, dtype) : null;
        RegisterComponents();
    }

    /// <summary>Embeds timestep and prompt at once.</summary>
    /// <param name="timestep">[batch], or [batch, tokens].</param>
    /// <param name="text">The prompt's embedding, [batch, text, text dim].</param>
    /// <returns>
    /// The timestep's embedding [batch, dim] and its projection [batch, 6, dim], or [batch, tokens, dim] and [batch, tokens, 6, dim]; the prompt tokens
    /// [batch, text, dim].
    /// </returns>
    public override (Tensor Temb, Tensor Modulation, Tensor Encoder) forward(Tensor timestep, Tensor text)
    {
        var temb = EmbedTime(timestep, text.dtype);
        return (temb, Modulation(temb), EmbedText(text, null));
    }

    /// <summary>Embeds the timestep, which the model's last norm reads too.</summary>
    /// <param name="timestep">[batch], or [batch, tokens].</param>
    /// <param name="dtype">The type of the result.</param>
    /// <returns>[batch, dim], or [batch, tokens, dim].</returns>
    [NoSideEffects]
    public Tensor EmbedTime(Tensor timestep, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var frequencies = timesteps_proj.call(timestep.flatten()).to(time_embedder.Dtype);
        return time_embedder.call(frequencies, null).to(dtype).view([.. timestep.shape, -1]).MoveToOuterDisposeScope();
    }

    /// <summary>What blocks add their tables to, which only they read.</summary>
    /// <param name="temb">The timestep's embedding, [batch, dim] or [batch, tokens, dim].</param>
    /// <returns>[batch, 6, dim], or [batch, tokens, 6, dim].</returns>
    [NoSideEffects]
    public Tensor Modulation(Tensor temb)
    {
        using var scope = NewDisposeScope();
        return time_proj.call(functional.silu(temb)).view([.. temb.shape[..^1], 6, -1]).MoveToOuterDisposeScope();
    }

    /// <summary>The tokens of image and prompt, which only blocks read.</summary>
    /// <param name="text">The prompt's embedding, [batch, text, text dim].</param>
    /// <param name="image">The image's, [batch, image, image dim], or <see langword="null"/>; with learned positions [2 × batch, image, image dim].</param>
    /// <returns>[batch, image + text, dim], the image's first.</returns>
    /// <exception cref="ArgumentException">An image is given to a layer built without one.</exception>
    [NoSideEffects]
    public Tensor EmbedText(Tensor text, Tensor? image)
    {
        using var scope = NewDisposeScope();
        var tokens = text_embedder.call(text);
        if (image is null)
            return tokens.MoveToOuterDisposeScope();
        var embedder = image_embedder ?? throw new ArgumentException("this embedding was built without an image (image_dim); expected null", nameof(image));
        return cat([embedder.call(image), tokens], dim: 1).MoveToOuterDisposeScope();
    }
}
