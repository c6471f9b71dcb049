using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// One block of the prompt's refiner: attention over the prompt, then a feed-forward, each behind a gate of the timestep's. Source: diffusers
/// <c>models/transformers/transformer_hunyuan_video.py</c> (HunyuanVideoIndividualTokenRefinerBlock).
/// </summary>
[SpatialAttention(nameof(attn))]
[FeedForward(nameof(ff))]
public sealed partial class HunyuanVideoTokenRefinerBlock : Module<Tensor, Tensor, Tensor?, Tensor>
{
    private readonly LayerNormalization norm1;
    private readonly Attention attn;
    private readonly LayerNormalization norm2;
    private readonly FeedForward ff;
    private readonly HunyuanVideoAdaNorm norm_out;

    /// <summary>Builds a block.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public HunyuanVideoTokenRefinerBlock(HunyuanVideoTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(HunyuanVideoTokenRefinerBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var dim = config.InnerDim;
        norm1 = new LayerNormalization(dim, 1e-6, true, device, dtype);
        attn = new Attention(dim, config.NumAttentionHeads, config.AttentionHeadDim, bias: true, device: device, dtype: dtype);
        norm2 = new LayerNormalization(dim, 1e-6, true, device, dtype);
        ff = new FeedForward(dim, activation: "linear-silu", device: device, dtype: dtype);
        norm_out = new HunyuanVideoAdaNorm(dim, device, dtype);
        RegisterComponents();
    }

    /// <summary>Runs the block.</summary>
    /// <param name="hidden">The prompt tokens, [batch, text, dim].</param>
    /// <param name="temb">The embedding of timestep and prompt, [batch, dim].</param>
    /// <param name="mask">Which tokens to look at, as in <see cref="ScaledDotProductAttention"/>, or <see langword="null"/> for all.</param>
    /// <returns>The prompt tokens after this block.</returns>
    public override partial Tensor forward(Tensor hidden, Tensor temb, Tensor? mask);

    [CachedForward]
    private Tensor Compute(Tensor hidden, Tensor temb, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var (attnGate, ffGate) = norm_out.call(temb);
        var attnInput = norm1.call(hidden);
        var attended = attn.forward(attnInput, null, mask);
        hidden = Fused.GatedSum(hidden, attnGate, attended);

        var ffInput = norm2.call(hidden);
        var ffOutput = ff.forward(ffInput);
        hidden = Fused.GatedSum(hidden, ffGate, ffOutput);

        return hidden.MoveToOuterDisposeScope();
    }
}
