using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class WanTransformer3DModel
{
    private void CheckInputs(Tensor hiddenStates, Tensor timestep, Tensor encoderHiddenStates, Tensor? encoderHiddenStatesImage)
    {
        var patch = Config.PatchSize;
        InputCheck.Video(hiddenStates, Config.InChannels, patch, nameof(hiddenStates));
        InputCheck.TypeOf(hiddenStates, patch_embedding.Dtype, nameof(hiddenStates));
        var batch = hiddenStates.size(0);
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

        InputCheck.PerSampleOrToken(timestep, batch, grid[0] * grid[1] * grid[2], nameof(timestep));
        if (timestep.dim() > 1 && Parallel is { Layout.Sequence: > 1 } parallel)
            throw new NotSupportedException($"A timestep for each token, as Wan 2.2 TI2V has, is not shared with the tokens yet by {parallel.Layout}: use guidance=2.");
        InputCheck.Tokens(encoderHiddenStates, batch, Config.TextDim, "text", nameof(encoderHiddenStates));
        if (encoderHiddenStatesImage is not null)
            CheckImage(encoderHiddenStatesImage, batch);
    }

    private void CheckImage(Tensor image, long batch)
    {
        const string name = "encoderHiddenStatesImage";
        if (Config.ImageDim is not { } width)
            throw new ArgumentException("this model has no embedder of images (image_dim); expected null", name);
        if (Config.PosEmbedSeqLen is not { } positions)
            InputCheck.Tokens(image, batch, width, "image", name);
        else if (!image.shape.SequenceEqual([2 * batch, positions / 2, width]))
            throw InputCheck.Bad($"those of a first and a last picture for each sample, [{2 * batch}, {positions / 2}, {width}]", image, name);
    }
}
