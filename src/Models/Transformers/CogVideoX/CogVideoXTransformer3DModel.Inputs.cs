using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class CogVideoXTransformer3DModel
{
    private void CheckInputs(
        Tensor hiddenStates, Tensor encoderHiddenStates, Tensor timestep, Tensor? ofs, RotaryEmbedding? imageRotaryEmb)
    {
        CheckLatents(hiddenStates);
        var batch = hiddenStates.size(0);
        if (encoderHiddenStates.dim() != 3
            || encoderHiddenStates.size(0) != batch
            || encoderHiddenStates.size(2) != Config.TextEmbedDim)
        {
            throw Bad($"[{batch}, text, {Config.TextEmbedDim}]", encoderHiddenStates, nameof(encoderHiddenStates));
        }

        CheckPerSample(timestep, batch, nameof(timestep));

        if (ofs_proj is null != ofs is null)
        {
            throw new ArgumentException(
                ofs is null
                    ? "this model has an ofs embedding: expected ofs [batch], found none"
                    : "this model has no ofs embedding: expected none",
                nameof(ofs));
        }

        if (ofs is not null)
            CheckPerSample(ofs, batch, nameof(ofs));
        CheckRotary(hiddenStates, imageRotaryEmb);
    }

    private void CheckLatents(Tensor hiddenStates)
    {
        if (hiddenStates.dim() != 5)
            throw Bad("[batch, frames, channels, height, width]", hiddenStates, nameof(hiddenStates));
        if (hiddenStates.size(2) != Config.InChannels)
            throw Bad($"{Config.InChannels} channels in [batch, frames, channels, height, width]", hiddenStates, nameof(hiddenStates));
        if (hiddenStates.size(3) % Config.PatchSize != 0 || hiddenStates.size(4) % Config.PatchSize != 0)
            throw Bad($"a height and a width divisible by the patch size {Config.PatchSize}", hiddenStates, nameof(hiddenStates));
        if (hiddenStates.size(1) % (Config.PatchSizeT ?? 1) != 0)
            throw Bad($"a number of frames divisible by patch_size_t {Config.PatchSizeT}", hiddenStates, nameof(hiddenStates));

        var type = proj_out.weight.dtype;
        if (hiddenStates.dtype != type)
            throw new ArgumentException($"expected latents of type {type}, as the model, found {hiddenStates.dtype}", nameof(hiddenStates));
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
                throw Bad($"rotary tables [{tokens}, {Config.AttentionHeadDim}]", table, name);
    }

    private static void CheckPerSample(Tensor values, long batch, string name)
    {
        if (values.dim() != 1 || (values.size(0) != batch && values.size(0) != 1))
            throw Bad($"[{batch}]", values, name);
    }

    private static ArgumentException Bad(string expected, Tensor found, string name) =>
        new($"expected {expected}, found [{string.Join(", ", found.shape)}]", name);
}
