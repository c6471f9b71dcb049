using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What one timestep does to one branch of a block: each tensor is [batch, 1 or tokens, dim].</summary>
/// <param name="Shift">Added to the normalised tokens.</param>
/// <param name="Scale">One more than it multiplies them.</param>
/// <param name="Gate">Multiplies what the branch adds.</param>
public sealed record BranchModulation(Tensor Shift, Tensor Scale, Tensor Gate)
{
    /// <summary>Takes apart shift, scale and gate of a block's attention, then those of its feed-forward.</summary>
    /// <param name="parts">[batch, 6, dim], or [batch, 1 or tokens, 6, dim] where tokens may have timesteps of their own.</param>
    [NoSideEffects]
    internal static (BranchModulation Attention, BranchModulation FeedForward) Pair(Tensor parts)
    {
        var rows = parts.Rows();
        return (new(rows[0], rows[1], rows[2]), new(rows[3], rows[4], rows[5]));
    }
}
