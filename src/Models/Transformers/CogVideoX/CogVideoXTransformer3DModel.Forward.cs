using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class CogVideoXTransformer3DModel
{
    /// <inheritdoc/>
    public override partial Tensor forward(
        Tensor hiddenStates,
        Tensor encoderHiddenStates,
        Tensor timestep,
        Tensor? timestepCond,
        Tensor? ofs,
        RotaryEmbedding? imageRotaryEmb) =>
        Compute(hiddenStates, encoderHiddenStates, timestep, timestepCond, ofs, imageRotaryEmb);
}
