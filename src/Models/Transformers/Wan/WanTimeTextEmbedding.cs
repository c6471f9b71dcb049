using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Embeds timestep and prompt (<c>time_embedder</c>, <c>time_proj</c>, <c>text_embedder</c>). Source: diffusers
/// <c>models/transformers/transformer_wan.py</c> (WanTimeTextImageEmbedding), without image prompts.
/// </summary>
public sealed class WanTimeTextEmbedding : Module<Tensor, Tensor, (Tensor Temb, Tensor Modulation, Tensor Encoder)>
{
    private readonly Timesteps timesteps_proj;
    private readonly TimestepEmbedding time_embedder; // at least float32
    private readonly Linear time_proj;
    private readonly PixArtAlphaTextProjection text_embedder;

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
        RegisterComponents();
    }

    /// <summary>Embeds timestep and prompt at once.</summary>
    /// <param name="timestep">[batch]</param>
    /// <param name="text">The prompt's embedding, [batch, text, text dim].</param>
    /// <returns>
    /// The timestep's embedding [batch, dim], its projection [batch, 6, dim], the prompt tokens [batch, text, dim].
    /// </returns>
    public override (Tensor Temb, Tensor Modulation, Tensor Encoder) forward(Tensor timestep, Tensor text)
    {
        var temb = EmbedTime(timestep, text.dtype);
        return (temb, Modulation(temb), EmbedText(text));
    }

    /// <summary>Embeds the timestep, which the model's last norm reads too.</summary>
    /// <param name="timestep">[batch]</param>
    /// <param name="dtype">The type of the result.</param>
    /// <returns>[batch, dim]</returns>
    [NoSideEffects]
    public Tensor EmbedTime(Tensor timestep, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        return time_embedder.call(timesteps_proj.call(timestep).to(time_embedder.Dtype), null).to(dtype).MoveToOuterDisposeScope();
    }

    /// <summary>What blocks add their tables to, which only they read.</summary>
    /// <param name="temb">The timestep's embedding, [batch, dim].</param>
    /// <returns>[batch, 6, dim]</returns>
    [NoSideEffects]
    public Tensor Modulation(Tensor temb)
    {
        using var scope = NewDisposeScope();
        return time_proj.call(functional.silu(temb)).view(temb.size(0), 6, -1).MoveToOuterDisposeScope();
    }

    /// <summary>The prompt tokens, which only blocks read.</summary>
    /// <param name="text">The prompt's embedding, [batch, text, text dim].</param>
    /// <returns>[batch, text, dim]</returns>
    [NoSideEffects]
    public Tensor EmbedText(Tensor text) => text_embedder.call(text);
}
