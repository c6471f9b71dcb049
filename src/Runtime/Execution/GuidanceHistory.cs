using Afterimage.Kernels;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// What is kept of the unconditional half of guidance in one cache context: the low and high frequencies of
/// unconditional − conditional, in float32.
/// </summary>
/// <param name="difference">Keeps it.</param>
/// <param name="dimensions">How many an output has; <see langword="null"/> for any number.</param>
internal sealed class GuidanceHistory(SiteHistory difference, int? dimensions)
{
    /// <summary>Whether the forward that is under way runs on the conditional half alone.</summary>
    public bool IsSkipped => difference.IsSkipped;

    /// <summary>Keeps the difference of the halves of a model's output <c>[unconditional, conditional]</c>, where the row does.</summary>
    /// <exception cref="InvalidOperationException">The output has no halves, or another number of dimensions.</exception>
    public void Keep(Tensor output)
    {
        if (!difference.Stores)
            return;
        if (output.dim() != (dimensions ?? output.dim()) || output.dim() < 3 || output.shape[0] % 2 != 0)
            throw new InvalidOperationException(
                $"Guidance expected an output of {(dimensions is { } count ? $"{count}" : "at least 3")} dimensions with [unconditional, conditional] along the first, "
                + $"got [{string.Join(", ", output.shape)}]."
                + (dimensions is null ? "" : $" Set {nameof(FasterCacheConfig.TensorFormat)} to what the model returns; where that is "
                    + $"packed, [batch, tokens, channels], there are no frequencies: set {nameof(FasterCacheConfig.IsGuidanceDistilled)}."));

        // Kept across steps whatever mode the caller is in: a tensor made in inference mode could not be blended outside it.
        using var normalMode = inference_mode(false);
        var (low, high) = FrequencySplit.Of(output);
        using (low)
        using (high)
            difference.KeepElements(high, low);
    }

    /// <summary>
    /// Returns [unconditional, conditional], the first rebuilt with the row's weights; or both combined by guidance where a
    /// scale is given. Owned by the caller, in the current dispose scope; <paramref name="conditional"/> stays the caller's.
    /// </summary>
    public Tensor Rebuild(Tensor conditional, double? scale)
    {
        var elements = difference.TakeElements();
        var ((low, lowWeight), (high, highWeight)) = (elements[0], elements[1]);
        using (low)
        using (high)
        {
            return scale is { } guidance
                ? FrequencyBlend.Guided(conditional, low, high, lowWeight, highWeight, guidance)
                : FrequencyBlend.Batch(conditional, low, high, lowWeight, highWeight);
        }
    }
}
