using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class LTXVideoTransformer3DModel
{
    private void CheckInputs(
        Tensor hiddenStates, Tensor encoderHiddenStates, Tensor timestep, Tensor? encoderAttentionMask, LTXVideoGrid? grid, Tensor? videoCoords)
    {
        if (hiddenStates.dim() != 3 || hiddenStates.size(2) != Config.InChannels)
            throw InputCheck.Bad($"packed latents [batch, tokens, {Config.InChannels}]", hiddenStates, nameof(hiddenStates));
        InputCheck.TypeOf(hiddenStates, proj_in.Weight.dtype, nameof(hiddenStates));
        var (batch, tokens) = (hiddenStates.size(0), hiddenStates.size(1));
        InputCheck.Tokens(encoderHiddenStates, batch, Config.CaptionChannels, "text", nameof(encoderHiddenStates));
        InputCheck.PerSampleOrToken(timestep, batch, tokens, nameof(timestep));
        if (encoderAttentionMask is not null)
            CheckMask(encoderAttentionMask, batch, tokens, encoderHiddenStates.size(1));
        CheckPlaces(batch, tokens, grid, videoCoords);
    }

    private static void CheckMask(Tensor mask, long batch, long tokens, long text)
    {
        const string name = "encoderAttentionMask";
        if (!mask.shape.SequenceEqual([batch, text]) && !mask.shape.SequenceEqual([batch, 1, text]) && !mask.shape.SequenceEqual([batch, tokens, text]))
            throw InputCheck.Bad($"[{batch}, {text}], [{batch}, 1, {text}] or [{batch}, {tokens}, {text}]", mask, name);
        if (mask.dim() == 3 && mask.dtype != ScalarType.Bool && !mask.is_floating_point())
            throw new ArgumentException($"expected a mask of booleans, or of numbers that are added to the scores, found {mask.dtype}", name);
    }

    private static void CheckPlaces(long batch, long tokens, LTXVideoGrid? grid, Tensor? videoCoords)
    {
        if (videoCoords is not null)
        {
            if (!videoCoords.shape.SequenceEqual([batch, 3, tokens]))
                throw InputCheck.Bad($"frame, row and column of each token, [{batch}, 3, {tokens}]", videoCoords, nameof(videoCoords));
            return;
        }

        if (grid is null)
            throw new ArgumentException("expected a grid, or coordinates of the tokens, found neither", nameof(grid));
        if (grid.NumFrames < 1 || grid.Height < 1 || grid.Width < 1 || grid.Tokens != tokens)
        {
            throw new ArgumentException(
                $"expected a grid of as many tokens as the latents' {tokens}, found {grid.NumFrames} × {grid.Height} × {grid.Width}", nameof(grid));
        }
    }

    /// <summary>What is added to the scores of every head, [batch, 1, 1 or tokens, text]: a row of truth values says where to look.</summary>
    [NoSideEffects]
    private static Tensor? Bias(Tensor? mask, ScalarType dtype)
    {
        if (mask is null)
            return null;
        using var scope = NewDisposeScope();
        var bias = mask.dim() == 2 ? 1.Minus(mask.to(dtype)).Times(-10000.0).unsqueeze(1)
            : mask.dtype == ScalarType.Bool ? mask.clone()
            : mask.to(dtype, copy: true);
        return bias.unsqueeze(1).MoveToOuterDisposeScope();
    }
}
