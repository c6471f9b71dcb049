using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// One block: attention over latents and prompt together, then a feed-forward for each, whose results are normalised before the
/// gates. The last block leaves the prompt as it is. Source: diffusers <c>models/transformers/transformer_mochi.py</c>
/// (MochiTransformerBlock).
/// </summary>
/// <remarks>The prompt's feed-forward is no site, because the last block has none.</remarks>
[SpatialAttention(nameof(attn1))]
[FeedForward(nameof(ff))]
[BlockOutput]
public sealed partial class MochiTransformerBlock : Module<Tensor, Tensor, Tensor, RotaryEmbedding, MochiPromptMask, (Tensor, Tensor)>
{
    private const double Eps = 1e-6;

    private readonly MochiRMSNormZero norm1;
    private readonly MochiRMSNormZero norm1_context;
    private readonly MochiAttention attn1;
    private readonly RmsNormalization norm; // norm2, norm3 and norm4 of both streams: they have no weights
    private readonly FeedForward ff;
    private readonly FeedForward? ff_context;

    /// <summary>Builds a block.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="isLast">Whether it is the last one.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public MochiTransformerBlock(MochiTransformer3DModelConfig config, bool isLast, Device? device = null, ScalarType? dtype = null)
        : base(nameof(MochiTransformerBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var dim = config.InnerDim;
        norm1 = new MochiRMSNormZero(dim, dim, Eps, device: device, dtype: dtype);
        norm1_context = new MochiRMSNormZero(dim, config.PooledProjectionDim, Eps, isLast, device, dtype);
        attn1 = new MochiAttention(config, isLast, device, dtype);
        norm = new RmsNormalization(dim, Eps, false, device, dtype);
        ff = FeedForwardOf(dim);
        ff_context = isLast ? null : FeedForwardOf(config.PooledProjectionDim);
        RegisterComponents();

        FeedForward FeedForwardOf(long width) =>
            new(width, activation: config.ActivationFn, innerDim: 4 * width * 2 / 3, bias: false, device: device, dtype: dtype);
    }

    /// <summary>Runs the block.</summary>
    /// <param name="hidden">The latents' tokens, [batch, latents, dim].</param>
    /// <param name="encoder">The prompt's tokens, [batch, text, pooled projection dim].</param>
    /// <param name="temb">The embedding of timestep and whole prompt, [batch, dim].</param>
    /// <param name="rotary">Positions of the latents' tokens.</param>
    /// <param name="mask">Which of the prompt's tokens take part.</param>
    /// <returns>The latents' tokens and the prompt's after this block.</returns>
    public override partial (Tensor, Tensor) forward(Tensor hidden, Tensor encoder, Tensor temb, RotaryEmbedding rotary, MochiPromptMask mask);

    /// <summary>What the attention gets of the latents.</summary>
    internal Tensor ModulatedInput(Tensor hidden, Tensor temb) => norm1.Normalize(hidden, norm1.Modulation(temb));

    [CachedForward]
    private (Tensor, Tensor) Compute(Tensor hidden, Tensor encoder, Tensor temb, RotaryEmbedding rotary, MochiPromptMask mask)
    {
        using var scope = NewDisposeScope();
        var modulation = norm1.Modulation(temb);
        var contextModulation = norm1_context.Modulation(temb);
        var attnInput = norm1.Normalize(hidden, modulation);
        var attnContextInput = norm1_context.Normalize(encoder, contextModulation);
        var (attended, attendedContext) = attn1.forward(attnInput, attnContextInput, rotary, mask);
        attnInput.Dispose();
        attnContextInput.Dispose();
        var branches = modulation.Branches!;
        hidden = hidden.Plus(norm.Scaled(attended, branches.Gate));

        var ffInput = norm.Scaled(hidden, branches.FeedForwardScale);
        var ffOutput = ff.forward(ffInput);
        ffInput.Dispose();
        hidden = hidden.Plus(norm.Scaled(ffOutput, branches.FeedForwardGate));

        encoder = NextContext(encoder, attendedContext, contextModulation);
        return (hidden.MoveToOuterDisposeScope(), encoder.MoveToOuterDisposeScope());
    }

    /// <summary>The prompt's tokens after this block: a tensor of its own also where nothing is added.</summary>
    [NoSideEffects]
    private Tensor NextContext(Tensor encoder, Tensor attended, MochiModulation modulation)
    {
        if (modulation.Branches is not { } branches)
            return encoder.clone();
        using var scope = NewDisposeScope();
        var next = encoder.Plus(norm.Scaled(attended, branches.Gate));
        var ffOutput = ff_context!.call(norm.Scaled(next, branches.FeedForwardScale));
        return next.Plus(norm.Scaled(ffOutput, branches.FeedForwardGate)).MoveToOuterDisposeScope();
    }
}
