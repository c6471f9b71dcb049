using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// What a timestep does to one branch of a block, and another one to the tokens of a first frame that is given. Source: diffusers
/// <c>models/transformers/transformer_hunyuan_video.py</c> (HunyuanVideoTokenReplaceAdaLayerNormZero and
/// HunyuanVideoTokenReplaceAdaLayerNormZeroSingle, whose weights are those of the plain norms).
/// </summary>
/// <param name="All">Of all tokens but those.</param>
/// <param name="FirstFrame">Of the first frame's tokens; <see langword="null"/> where they are as all others.</param>
/// <param name="Start">Where the first frame begins in the sequence.</param>
/// <param name="Count">How many tokens it has.</param>
internal sealed record HunyuanVideoModulation(BranchModulation All, BranchModulation? FirstFrame, long Start, long Count)
{
    /// <summary>Those of a block's attention and feed-forward, over the latents' tokens.</summary>
    [NoSideEffects]
    public static (HunyuanVideoModulation Attention, HunyuanVideoModulation FeedForward) Pair(AdaLayerNormZero norm, HunyuanVideoConditioning conditioning)
    {
        var (attention, feedForward) = norm.Modulation(conditioning.Temb);
        if (conditioning.FirstFrameTemb is null)
            return (new(attention, null, 0, 0), new(feedForward, null, 0, 0));
        var (firstAttention, firstFeedForward) = norm.Modulation(conditioning.FirstFrameTemb);
        return (new(attention, firstAttention, 0, conditioning.FirstFrameTokens), new(feedForward, firstFeedForward, 0, conditioning.FirstFrameTokens));
    }

    /// <summary>That of a block with one branch, over prompt and latents.</summary>
    /// <param name="norm">The block's norm.</param>
    /// <param name="conditioning">What modulates the block.</param>
    /// <param name="text">How many tokens the prompt has, which come first.</param>
    [NoSideEffects]
    public static HunyuanVideoModulation Of(AdaLayerNormZeroSingle norm, HunyuanVideoConditioning conditioning, long text) => new(
        norm.Modulation(conditioning.Temb),
        conditioning.FirstFrameTemb is { } first ? norm.Modulation(first) : null,
        text,
        conditioning.FirstFrameTokens);

    /// <summary>Normalises, then scales and shifts.</summary>
    [NoSideEffects]
    public Tensor Normalize(AdaLayerNormZero norm, Tensor tokens) => Apply(norm.Normalize, tokens);

    /// <inheritdoc cref="Normalize(AdaLayerNormZero, Tensor)"/>
    [NoSideEffects]
    public Tensor Normalize(AdaLayerNormZeroSingle norm, Tensor tokens) => Apply(norm.Normalize, tokens);

    /// <inheritdoc cref="Normalize(AdaLayerNormZero, Tensor)"/>
    [NoSideEffects]
    public Tensor Normalize(LayerNormalization norm, Tensor tokens) => Apply(norm.Modulate, tokens);

    /// <summary>residual + gate·branch.</summary>
    [NoSideEffects]
    public Tensor GatedSum(Tensor residual, Tensor branch)
    {
        var sum = Fused.GatedSum(residual, All.Gate, branch);
        Overwrite(sum, () => Fused.GatedSum(Frame(residual), FirstFrame!.Gate, Frame(branch)));
        return sum;
    }

    private Tensor Apply(Func<Tensor, BranchModulation, Tensor> modulate, Tensor tokens)
    {
        var result = modulate(tokens, All);
        Overwrite(result, () => modulate(Frame(tokens), FirstFrame!));
        return result;
    }

    private Tensor Frame(Tensor tokens) => tokens.narrow(1, Start, Count);

    /// <summary>Puts what is the first frame's own in its place.</summary>
    private void Overwrite(Tensor tokens, Func<Tensor> own)
    {
        if (FirstFrame is null)
            return;
        using var scope = NewDisposeScope();
        Frame(tokens).Copy_(own());
    }
}
