using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class WanTransformer3DModel
{
    private void CheckInputs(Tensor hiddenStates, Tensor timestep, Tensor encoderHiddenStates)
    {
        var patch = Config.PatchSize;
        InputCheck.Video(hiddenStates, Config.InChannels, patch, nameof(hiddenStates));
        InputCheck.TypeOf(hiddenStates, patch_embedding.Dtype, nameof(hiddenStates));
        var batch = hiddenStates.size(0);
        InputCheck.PerSample(timestep, batch, nameof(timestep));
        InputCheck.Tokens(encoderHiddenStates, batch, Config.TextDim, "text", nameof(encoderHiddenStates));

        long[] grid =
        [
            hiddenStates.size(2) / patch.Frames, hiddenStates.size(3) / patch.Rows, hiddenStates.size(4) / patch.Columns,
        ];
        if (grid.Max() > Config.RopeMaxSeqLen)
        {
            throw InputCheck.Bad(
                $"at most {Config.RopeMaxSeqLen} frames, rows and columns of patches (rope_max_seq_len)",
                hiddenStates,
                nameof(hiddenStates));
        }
    }
}
