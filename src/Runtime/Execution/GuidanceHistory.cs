using Afterimage.Kernels;
using Afterimage.Kernels.Launch;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// What is kept of the unconditional half of guidance in one cache context: the low and high frequencies of
/// unconditional − conditional, in float32.
/// </summary>
internal sealed class GuidanceHistory(int dimensions, HistoryBudget budget) : IDisposable
{
    private Tensor? _low;
    private Tensor? _high;

    /// <summary>The bytes held.</summary>
    public long Bytes => TensorMemory.BytesOf(_low) + TensorMemory.BytesOf(_high);

    /// <summary>Keeps the difference of the halves of a model's output <c>[unconditional, conditional]</c>.</summary>
    public void Store(Tensor output)
    {
        if (output.dim() != dimensions || output.shape[0] % 2 != 0)
            throw new InvalidOperationException(
                $"FasterCache expected an output of {dimensions} dimensions with [unconditional, conditional] along the first, "
                + $"got [{string.Join(", ", output.shape)}]. Set {nameof(FasterCacheConfig.TensorFormat)} to what the model returns.");
        if (_low is null)
            budget.Reserve(output.numel() * sizeof(float));

        // Kept across steps whatever mode the caller is in: a tensor made in inference mode could not be blended outside it.
        using var normalMode = inference_mode(false);
        var (low, high) = FrequencySplit.Of(output);
        Dispose();
        (_low, _high) = (low.DetachFromDisposeScope(), high.DetachFromDisposeScope());
    }

    /// <summary>
    /// Returns [unconditional, conditional], the first rebuilt with the row's weights; or both combined by guidance where a
    /// scale is given. Owned by the caller, in the current dispose scope; <paramref name="conditional"/> stays the caller's.
    /// </summary>
    public Tensor Rebuild(Tensor conditional, GuidanceCell cell, double? scale)
    {
        if (_low is null || _high is null)
            throw new InvalidOperationException("The plan rebuilds the unconditional half before any full step has kept a difference.");
        var (low, high) = (cell.LowFrequencyWeight, cell.HighFrequencyWeight);
        return scale is { } guidance
            ? FrequencyBlend.Guided(conditional, _low, _high, low, high, guidance)
            : FrequencyBlend.Batch(conditional, _low, _high, low, high);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _low?.Dispose();
        _high?.Dispose();
        (_low, _high) = (null, null);
    }
}
