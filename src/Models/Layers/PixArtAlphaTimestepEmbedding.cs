using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A timestep's frequencies through two linear layers (<c>timestep_embedder</c>). Source: diffusers <c>models/embeddings.py</c>
/// (PixArtAlphaCombinedTimestepSizeEmbeddings), without resolution and aspect ratio.
/// </summary>
internal sealed class PixArtAlphaTimestepEmbedding : Module<Tensor, Tensor>
{
    private readonly Timesteps time_proj = new(256, flipSinToCos: true, downscaleFreqShift: 0);
    private readonly TimestepEmbedding timestep_embedder;

    public PixArtAlphaTimestepEmbedding(long dim, Device? device, ScalarType? dtype)
        : base(nameof(PixArtAlphaTimestepEmbedding))
    {
        timestep_embedder = new TimestepEmbedding(256, dim, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>[batch] to [batch, dim], in the type of the weights. The caller owns the result.</summary>
    [NoSideEffects]
    public override Tensor forward(Tensor timestep)
    {
        using var scope = NewDisposeScope();
        return timestep_embedder.call(time_proj.call(timestep).to(timestep_embedder.Dtype), null).MoveToOuterDisposeScope();
    }
}
