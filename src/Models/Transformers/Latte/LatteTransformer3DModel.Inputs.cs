using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class LatteTransformer3DModel
{
    private void CheckInputs(Tensor hiddenStates, Tensor timestep, Tensor encoderHiddenStates, Tensor? encoderAttentionMask)
    {
        InputCheck.Video(hiddenStates, Config.InChannels, (1, Config.PatchSize, Config.PatchSize), nameof(hiddenStates));
        InputCheck.TypeOf(hiddenStates, scale_shift_table.dtype, nameof(hiddenStates));
        var (batch, frames) = (hiddenStates.size(0), hiddenStates.size(2));
        if (frames != 1 && frames != Config.VideoLength)
            throw InputCheck.Bad($"1 frame or {Config.VideoLength} (video_length)", hiddenStates, nameof(hiddenStates));

        InputCheck.PerSample(timestep, batch, nameof(timestep));
        InputCheck.Tokens(encoderHiddenStates, batch, Config.CaptionChannels, "text", nameof(encoderHiddenStates));
        if (encoderAttentionMask is not null)
            CheckMask(encoderAttentionMask, batch, encoderHiddenStates.size(1));
    }

    private static void CheckMask(Tensor mask, long batch, long text)
    {
        const string name = "encoderAttentionMask";
        if (!mask.shape.SequenceEqual([batch, text]) && !mask.shape.SequenceEqual([batch, 1, text]))
            throw InputCheck.Bad($"[{batch}, {text}] or [{batch}, 1, {text}]", mask, name);
        if (mask.dtype != ScalarType.Bool && !mask.is_floating_point())
        {
            throw new ArgumentException(
                $"expected a mask of booleans, or of numbers that are added to the scores, found {mask.dtype}", name);
        }
    }
}
