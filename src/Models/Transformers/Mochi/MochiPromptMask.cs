using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Which prompt tokens take part in the attention of all blocks. diffusers puts those that do one after the other, and what attention
/// gives them stays in these places, with zeros behind it; so does this, for the whole batch at once. Source: diffusers
/// <c>models/attention_processor.py</c> (MochiAttnProcessor2_0).
/// </summary>
/// <param name="Order">The prompt tokens, those first that take part, [batch, text], int64.</param>
/// <param name="IsTaken">Which places these then take, [batch, text, 1], booleans.</param>
/// <param name="Keys">Which latents and prompt tokens to look at, [batch, 1, 1, latents + text], booleans.</param>
public sealed record MochiPromptMask(Tensor Order, Tensor IsTaken, Tensor Keys)
{
    /// <summary>The mask of a batch of prompts.</summary>
    /// <param name="attended">Which tokens take part, [batch, text], booleans.</param>
    /// <param name="latents">The number of the latents' tokens, all of which do.</param>
    [NoSideEffects]
    internal static MochiPromptMask Of(Tensor attended, long latents)
    {
        using var scope = NewDisposeScope();
        var (sorted, order) = attended.to(ScalarType.Int64).sort(dim: 1, descending: true, stable: true);
        var taken = sorted.to(ScalarType.Bool);
        var keys = cat([ones([attended.size(0), latents], ScalarType.Bool, attended.device), taken], dim: 1).unsqueeze(1).unsqueeze(1);
        return new(order.MoveToOuterDisposeScope(), taken.unsqueeze(-1).MoveToOuterDisposeScope(), keys.MoveToOuterDisposeScope());
    }

    /// <summary>Prompt tokens in the order of attention, [batch, text, dim].</summary>
    [NoSideEffects]
    internal Tensor Ordered(Tensor tokens)
    {
        using var places = Order.unsqueeze(-1);
        using var wide = places.expand(tokens.shape);
        return tokens.gather(1, wide);
    }

    /// <summary>What attention gave the prompt tokens, with zeros behind those that took part, [batch, text, dim].</summary>
    [NoSideEffects]
    internal Tensor Cleared(Tensor tokens) => tokens * IsTaken;
}
