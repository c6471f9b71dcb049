using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What one timestep does to the two streams of a block: each tensor is [batch, 1, dim].</summary>
/// <param name="Shift">Added to the normalised video tokens.</param>
/// <param name="Scale">One more than it multiplies them.</param>
/// <param name="Gate">Multiplies what is added to the video stream.</param>
/// <param name="EncoderShift">Added to the normalised prompt tokens.</param>
/// <param name="EncoderScale">One more than it multiplies them.</param>
/// <param name="EncoderGate">Multiplies what is added to the prompt stream.</param>
public sealed record CogVideoXModulation(
    Tensor Shift, Tensor Scale, Tensor Gate, Tensor EncoderShift, Tensor EncoderScale, Tensor EncoderGate);
