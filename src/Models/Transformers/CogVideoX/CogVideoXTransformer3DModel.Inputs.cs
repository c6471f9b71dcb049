using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class CogVideoXTransformer3DModel
{
    private void CheckInputs(
        Tensor hiddenStates, Tensor encoderHiddenStates, Tensor timestep, Tensor? ofs, RotaryEmbedding? imageRotaryEmb)
    {
        CheckLatents(hiddenStates);
        var batch = hiddenStates.size(0);
        InputCheck.Tokens(encoderHiddenStates, batch, Config.TextEmbedDim, "text", nameof(encoderHiddenStates));
        InputCheck.PerSample(timestep, batch, nameof(timestep));

        if (ofs_proj is null != ofs is null)
        {
            throw new ArgumentException(
                ofs is null
                    ? "this model has an ofs embedding: expected ofs [batch], found none"
                    : "this model has no ofs embedding: expected none",
                nameof(ofs));
        }

        if (ofs is not null)
            InputCheck.PerSample(ofs, batch, nameof(ofs));
        CheckRotary(hiddenStates, imageRotaryEmb);
    }

    private void CheckLatents(Tensor hiddenStates)
    {
        if (hiddenStates.dim() != 5)
            throw InputCheck.Bad("[batch, frames, channels, height, width]", hiddenStates, nameof(hiddenStates));
        if (hiddenStates.size(2) != Config.InChannels)
            throw InputCheck.Bad($"{Config.InChannels} channels in [batch, frames, channels, height, width]", hiddenStates, nameof(hiddenStates));
        if (hiddenStates.size(3) % Config.PatchSize != 0 || hiddenStates.size(4) % Config.PatchSize != 0)
            throw InputCheck.Bad($"a height and a width divisible by the patch size {Config.PatchSize}", hiddenStates, nameof(hiddenStates));
        if (hiddenStates.size(1) % (Config.PatchSizeT ?? 1) != 0)
            throw InputCheck.Bad($"a number of frames divisible by patch_size_t {Config.PatchSizeT}", hiddenStates, nameof(hiddenStates));

        InputCheck.TypeOf(hiddenStates, time_embedding.Dtype, nameof(hiddenStates));
    }

    private void CheckRotary(Tensor hiddenStates, RotaryEmbedding? rotary)
    {
        const string name = "imageRotaryEmb";
        if (!Config.UseRotaryPositionalEmbeddings)
        {
            if (rotary is not null)
                throw new ArgumentException("this model has no rotary positions: expected none", name);
            return;
        }

        if (rotary is null)
        {
            throw new ArgumentException(
                $"this model has rotary positions: expected those of {nameof(PrepareRotaryPositionalEmbeddings)}, found none", name);
        }

        var tokens = hiddenStates.size(1) / (Config.PatchSizeT ?? 1)
            * (hiddenStates.size(3) / Config.PatchSize)
            * (hiddenStates.size(4) / Config.PatchSize);
        foreach (var table in (Tensor[])[rotary.Cos, rotary.Sin])
            if (table.dim() != 2 || table.size(0) != tokens || table.size(1) != Config.AttentionHeadDim)
                throw InputCheck.Bad($"rotary tables [{tokens}, {Config.AttentionHeadDim}]", table, name);
    }
}
