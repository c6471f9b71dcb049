using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What modulates a block.</summary>
/// <param name="Temb">The embedding of timestep, guidance and pooled prompt, [batch, dim].</param>
/// <param name="FirstFrameTemb">
/// That of the first frame's tokens, whose timestep is 0 because an image is given in their place (<c>token_replace_emb</c>), [batch, dim];
/// <see langword="null"/> where they are as all others.
/// </param>
/// <param name="FirstFrameTokens">How many tokens the first frame has.</param>
public sealed record HunyuanVideoConditioning(Tensor Temb, Tensor? FirstFrameTemb, long FirstFrameTokens);
