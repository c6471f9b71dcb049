using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// One block: attention over video and prompt together, then a feed-forward over both, each behind an adaptive norm and a
/// gate. Source: diffusers <c>models/transformers/cogvideox_transformer_3d.py</c> (CogVideoXBlock).
/// </summary>
[SpatialAttention(nameof(attn1))]
[FeedForward(nameof(ff))]
[BlockOutput]
public sealed partial class CogVideoXBlock : Module<Tensor, Tensor, Tensor, RotaryEmbedding?, (Tensor, Tensor)>
{
    private readonly CogVideoXLayerNormZero norm1;
    private readonly JointAttention attn1;
    private readonly CogVideoXLayerNormZero norm2;
    private readonly FeedForward ff;

    /// <summary>Builds a block.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public CogVideoXBlock(CogVideoXTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(CogVideoXBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var dim = config.InnerDim;
        norm1 = Norm();
        attn1 = new JointAttention(
            dim,
            config.NumAttentionHeads,
            config.AttentionHeadDim,
            QueryKeyNorm.LayerNorm,
            bias: config.AttentionBias,
            device: device,
            dtype: dtype);
        norm2 = Norm();
        ff = new FeedForward(
            dim, dropout: config.Dropout, activation: config.ActivationFn, finalDropout: true, device: device, dtype: dtype);
        RegisterComponents();

        CogVideoXLayerNormZero Norm() =>
            new(config.TimeEmbedDim, dim, config.NormElementwiseAffine, config.NormEps, device: device, dtype: dtype);
    }

    /// <summary>Runs the block.</summary>
    /// <param name="hidden">The video tokens, [batch, video, dim].</param>
    /// <param name="encoder">The prompt tokens, [batch, text, dim].</param>
    /// <param name="temb">The timestep's embedding, [batch, time embed dim].</param>
    /// <param name="rotary">Positions of the video tokens, or <see langword="null"/>.</param>
    /// <returns>The video tokens and the prompt tokens after this block.</returns>
    public override partial (Tensor, Tensor) forward(Tensor hidden, Tensor encoder, Tensor temb, RotaryEmbedding? rotary);

    [CachedForward]
    private (Tensor, Tensor) Compute(Tensor hidden, Tensor encoder, Tensor temb, RotaryEmbedding? rotary)
    {
        // What the feed-forward's wide inner tensor must not find still alive is freed early; the scope frees the rest.
        using var scope = NewDisposeScope();
        var attnModulation = norm1.Modulation(temb);
        var (attnHidden, attnEncoder) = norm1.Normalize(hidden, encoder, attnModulation);
        var (attendedHidden, attendedEncoder) = attn1.forward(attnHidden, attnEncoder, rotary);
        attnHidden.Dispose();
        attnEncoder.Dispose();
        hidden = Fused.GatedSum(hidden, attnModulation.Gate, attendedHidden);
        encoder = Fused.GatedSum(encoder, attnModulation.EncoderGate, attendedEncoder);

        var ffModulation = norm2.Modulation(temb);
        var (ffHidden, ffEncoder) = norm2.Normalize(hidden, encoder, ffModulation);
        var ffInput = cat([ffEncoder, ffHidden], dim: 1);
        ffHidden.Dispose();
        ffEncoder.Dispose();
        var ffOutput = ff.forward(ffInput);
        hidden = Fused.GatedSum(hidden, ffModulation.Gate, ffOutput.narrow(1, encoder.size(1), hidden.size(1)));
        encoder = Fused.GatedSum(encoder, ffModulation.EncoderGate, ffOutput.narrow(1, 0, encoder.size(1)));

        return (hidden.MoveToOuterDisposeScope(), encoder.MoveToOuterDisposeScope());
    }
}
