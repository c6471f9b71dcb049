using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The sum of the embeddings of timestep, guidance scale (at will) and pooled prompt (<c>timestep_embedder</c>,
/// <c>guidance_embedder</c>, <c>text_embedder</c>). Source: diffusers <c>models/embeddings.py</c>
/// (CombinedTimestepGuidanceTextProjEmbeddings, CombinedTimestepTextProjEmbeddings).
/// </summary>
public sealed class CombinedTimestepGuidanceTextProjEmbeddings : Module<Tensor, Tensor?, Tensor, Tensor>
{
    private readonly Timesteps time_proj = new(256, flipSinToCos: true, downscaleFreqShift: 0);
    private readonly TimestepEmbedding timestep_embedder;
    private readonly TimestepEmbedding? guidance_embedder;
    private readonly PixArtAlphaTextProjection text_embedder;

    /// <summary>Builds the layer.</summary>
    /// <param name="embeddingDim">The width of the result.</param>
    /// <param name="pooledProjectionDim">The width of the pooled prompt.</param>
    /// <param name="guidanceEmbeds">Whether the guidance scale is embedded too.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public CombinedTimestepGuidanceTextProjEmbeddings(
        long embeddingDim, long pooledProjectionDim, bool guidanceEmbeds, Device? device = null, ScalarType? dtype = null)
        : base(nameof(CombinedTimestepGuidanceTextProjEmbeddings))
    {
        timestep_embedder = new TimestepEmbedding(256, embeddingDim, device: device, dtype: dtype);
        guidance_embedder = guidanceEmbeds ? new TimestepEmbedding(256, embeddingDim, device: device, dtype: dtype) : null;
        text_embedder = new PixArtAlphaTextProjection(pooledProjectionDim, embeddingDim, "silu", device, dtype);
        RegisterComponents();
    }

    /// <summary>Embeds.</summary>
    /// <param name="timestep">[batch], from 0 to 1000.</param>
    /// <param name="guidance">
    /// The guidance scale times 1000, [batch]; <see langword="null"/> exactly where it is not embedded.
    /// </param>
    /// <param name="pooledProjection">[batch, pooled projection dim]</param>
    /// <returns>[batch, embedding dim]</returns>
    /// <exception cref="ArgumentException">Guidance is missing, or is given to a layer built without it.</exception>
    [NoSideEffects]
    public override Tensor forward(Tensor timestep, Tensor? guidance, Tensor pooledProjection)
    {
        using var scope = NewDisposeScope();
        if (guidance is null != guidance_embedder is null)
        {
            throw new ArgumentException(
                guidance is null
                    ? "this model embeds the guidance scale: expected guidance [batch], found none"
                    : "this model does not embed the guidance scale: expected none",
                nameof(guidance));
        }

        var embedded = Embed(timestep_embedder, timestep, pooledProjection.dtype);
        if (guidance_embedder is not null)
            embedded = embedded.Plus(Embed(guidance_embedder, guidance!, pooledProjection.dtype));
        return embedded.Plus(text_embedder.call(pooledProjection)).MoveToOuterDisposeScope();
    }

    /// <summary>The sum without the guidance scale, also where that is embedded.</summary>
    /// <param name="timestep">[batch], from 0 to 1000.</param>
    /// <param name="pooledProjection">[batch, pooled projection dim]</param>
    /// <returns>[batch, embedding dim]</returns>
    [NoSideEffects]
    internal Tensor WithoutGuidance(Tensor timestep, Tensor pooledProjection)
    {
        using var scope = NewDisposeScope();
        return Embed(timestep_embedder, timestep, pooledProjection.dtype).Plus(text_embedder.call(pooledProjection)).MoveToOuterDisposeScope();
    }

    private Tensor Embed(TimestepEmbedding embedder, Tensor values, ScalarType dtype) => embedder.call(time_proj.call(values).to(dtype), null);
}
