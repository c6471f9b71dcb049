using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Embeds timestep and prompt (<c>timestep_embedder</c>, <c>pooler</c>, <c>caption_proj</c>). Source: diffusers
/// <c>models/embeddings.py</c> (MochiCombinedTimestepCaptionEmbedding).
/// </summary>
public sealed class MochiCombinedTimestepCaptionEmbedding : Module<Tensor, Tensor, Tensor, (Tensor Temb, Tensor Encoder)>
{
    private readonly Timesteps time_proj;
    private readonly TimestepEmbedding timestep_embedder;
    private readonly MochiAttentionPool pooler;
    private readonly LinearLayer caption_proj;

    /// <summary>Builds the layer.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public MochiCombinedTimestepCaptionEmbedding(MochiTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(MochiCombinedTimestepCaptionEmbedding))
    {
        ArgumentNullException.ThrowIfNull(config);
        time_proj = new Timesteps(config.TimeEmbedDim, flipSinToCos: true, downscaleFreqShift: 0);
        timestep_embedder = new TimestepEmbedding(config.TimeEmbedDim, config.InnerDim, device: device, dtype: dtype);
        pooler = new MochiAttentionPool(MochiTransformer3DModelConfig.PoolingHeads, config.TextEmbedDim, config.InnerDim, device, dtype);
        caption_proj = Dense.Linear(config.TextEmbedDim, config.PooledProjectionDim, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>Embeds timestep and prompt at once.</summary>
    /// <param name="timestep">[batch] or [1]</param>
    /// <param name="text">The prompt's embedding, [batch, text, text embed dim].</param>
    /// <param name="attended">Which tokens take part, [batch, text], booleans.</param>
    /// <returns>The embedding of timestep and whole prompt, [batch, dim], and the prompt tokens, [batch, text, pooled projection dim].</returns>
    public override (Tensor Temb, Tensor Encoder) forward(Tensor timestep, Tensor text, Tensor attended) =>
        (EmbedTime(timestep, text, attended), EmbedText(text));

    /// <summary>Embeds the timestep and the whole prompt, which the model's last norm reads too.</summary>
    /// <param name="timestep">[batch] or [1]</param>
    /// <param name="text">The prompt's embedding, [batch, text, text embed dim].</param>
    /// <param name="attended">Which tokens take part, [batch, text], booleans.</param>
    /// <returns>[batch, dim]</returns>
    [NoSideEffects]
    public Tensor EmbedTime(Tensor timestep, Tensor text, Tensor attended)
    {
        using var scope = NewDisposeScope();
        var embedded = timestep_embedder.call(time_proj.call(timestep).to(timestep_embedder.Dtype), null);
        return embedded.Plus(pooler.call(text, attended)).MoveToOuterDisposeScope();
    }

    /// <summary>The prompt tokens, which only blocks read.</summary>
    /// <param name="text">The prompt's embedding, [batch, text, text embed dim].</param>
    /// <returns>[batch, text, pooled projection dim]</returns>
    [NoSideEffects]
    public Tensor EmbedText(Tensor text) => caption_proj.call(text);
}
