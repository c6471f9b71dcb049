using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class MochiTransformer3DModel
{
    private void CheckInputs(Tensor hiddenStates, Tensor encoderHiddenStates, Tensor timestep, Tensor encoderAttentionMask)
    {
        InputCheck.Video(hiddenStates, Config.InChannels, (1, Config.PatchSize, Config.PatchSize), nameof(hiddenStates));
        InputCheck.TypeOf(hiddenStates, pos_frequencies.dtype, nameof(hiddenStates));
        var batch = hiddenStates.size(0);
        InputCheck.Tokens(encoderHiddenStates, batch, Config.TextEmbedDim, "text", nameof(encoderHiddenStates));
        InputCheck.PerSample(timestep, batch, nameof(timestep));
        ArgumentNullException.ThrowIfNull(encoderAttentionMask);
        var text = encoderHiddenStates.size(1);
        if (!encoderAttentionMask.shape.SequenceEqual([batch, text]))
            throw InputCheck.Bad($"[{batch}, {text}]", encoderAttentionMask, nameof(encoderAttentionMask));
    }
}
