using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class AllegroTransformer3DModel
{
    // What diffusers adds to the scores of what is not to be looked at.
    private const double NotLookedAt = -10000;

    private void CheckInputs(
        Tensor hiddenStates, Tensor encoderHiddenStates, Tensor timestep, Tensor? attentionMask, Tensor? encoderAttentionMask, RotaryEmbedding? imageRotaryEmb)
    {
        InputCheck.Video(hiddenStates, Config.InChannels, (Config.PatchSizeT, Config.PatchSize, Config.PatchSize), nameof(hiddenStates));
        InputCheck.TypeOf(hiddenStates, scale_shift_table.dtype, nameof(hiddenStates));
        var batch = hiddenStates.size(0);
        InputCheck.PerSample(timestep, batch, nameof(timestep));
        // The pipeline's embedding has a dimension of 1 that says nothing.
        if (encoderHiddenStates.dim() != 4 || encoderHiddenStates.size(1) != 1 || encoderHiddenStates.size(0) != batch || encoderHiddenStates.size(3) != Config.CaptionChannels)
            InputCheck.Tokens(encoderHiddenStates, batch, Config.CaptionChannels, "text", nameof(encoderHiddenStates));
        CheckMask(attentionMask, hiddenStates);
        CheckEncoderMask(encoderAttentionMask, batch, encoderHiddenStates.size(-2));
        var tokens = Tokens(hiddenStates);
        if (imageRotaryEmb is not null && !imageRotaryEmb.Cos.shape.SequenceEqual([tokens, Config.AttentionHeadDim]))
            throw InputCheck.Bad($"positions [{tokens}, {Config.AttentionHeadDim}]", imageRotaryEmb.Cos, nameof(imageRotaryEmb));
    }

    private void CheckMask(Tensor? mask, Tensor latents)
    {
        if (mask is null)
            return;
        var (batch, frames, height, width) = (latents.size(0), latents.size(2), latents.size(3), latents.size(4));
        var isOfLatents = mask.dim() == 4 && mask.size(0) == batch && mask.size(1) >= frames && mask.size(2) == height && mask.size(3) == width;
        if (!isOfLatents && !IsAdded(mask, batch, Tokens(latents)))
            throw InputCheck.Bad($"[{batch}, {frames}, {height}, {width}], or [{batch}, 1, {Tokens(latents)}] of numbers that are added to the scores", mask, "attentionMask");
    }

    private static void CheckEncoderMask(Tensor? mask, long batch, long text)
    {
        if (mask is not null && !mask.shape.SequenceEqual([batch, text]) && !IsAdded(mask, batch, text))
            throw InputCheck.Bad($"[{batch}, {text}], or [{batch}, 1, {text}] of numbers that are added to the scores", mask, "encoderAttentionMask");
    }

    private static bool IsAdded(Tensor mask, long batch, long tokens) => mask.is_floating_point() && mask.shape.SequenceEqual([batch, 1, tokens]);

    private long Tokens(Tensor latents) => latents.size(2) * (latents.size(3) / Config.PatchSize) * (latents.size(4) / Config.PatchSize);

    /// <summary>A patch is looked at where any of its latents is: [batch, 1, 1, video], added to the scores.</summary>
    [NoSideEffects]
    private Tensor? Added(Tensor? mask, Tensor latents)
    {
        using var scope = NewDisposeScope();
        if (mask is null || mask.dim() == 3)
            return mask?.to(latents.dtype, copy: true).unsqueeze(1).MoveToOuterDisposeScope();
        long patch = Config.PatchSize;
        var (batch, frames, rows, columns) = (mask.size(0), latents.size(2), mask.size(2) / patch, mask.size(3) / patch);
        var patches = mask.narrow(1, 0, frames).to(latents.dtype).reshape(batch, frames / Config.PatchSizeT, Config.PatchSizeT, rows, patch, columns, patch);
        var isLookedAt = patches.amax([2, 4, 6]).to(ScalarType.Bool).to(latents.dtype);
        return 1.Minus(isLookedAt).Times(NotLookedAt).view(batch, 1, 1, -1).MoveToOuterDisposeScope();
    }

    /// <summary>The prompt's mask, 1 where to look, or what is added already: [batch, 1, 1, text], added to the scores.</summary>
    [NoSideEffects]
    private static Tensor? Added(Tensor? mask, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        if (mask is null || mask.dim() == 3)
            return mask?.to(dtype, copy: true).unsqueeze(1).MoveToOuterDisposeScope();
        return 1.Minus(mask.to(dtype)).Times(NotLookedAt).view(mask.size(0), 1, 1, -1).MoveToOuterDisposeScope();
    }
}
