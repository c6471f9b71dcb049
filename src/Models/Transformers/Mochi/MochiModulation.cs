using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What one timestep does to one stream of a block: each tensor is [batch, 1, dim].</summary>
/// <param name="Scale">Multiplies the normalised tokens that attention gets.</param>
/// <param name="Branches">
/// What the rest of the block does to the stream; <see langword="null"/> for the prompt in the last block, which ends there.
/// </param>
public sealed record MochiModulation(Tensor Scale, MochiBranches? Branches);

/// <summary>What one timestep does to what a stream gets of attention and feed-forward.</summary>
/// <param name="Gate">Multiplies what attention gives, normalised.</param>
/// <param name="FeedForwardScale">Multiplies the normalised tokens that the feed-forward gets.</param>
/// <param name="FeedForwardGate">Multiplies what the feed-forward gives, normalised.</param>
public sealed record MochiBranches(Tensor Gate, Tensor FeedForwardScale, Tensor FeedForwardGate);
