using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>What a run compares its inputs by.</summary>
internal static class TensorValues
{
    /// <summary>Whether two inputs are both missing, or of one type, device and shape.</summary>
    public static bool AreAlike(Tensor? a, Tensor? b) => a is null || b is null
        ? a is null && b is null
        : a.dtype == b.dtype && a.device_type == b.device_type && a.device_index == b.device_index && a.shape.AsSpan().SequenceEqual(b.shape);

    /// <summary>Whether two inputs are alike and equal in every value, which waits for them.</summary>
    public static bool AreEqual(Tensor? a, Tensor? b)
    {
        if (!AreAlike(a, b))
            return false;
        // On META there are no values that could differ.
        if (a is null || a.is_meta)
            return true;
        using var scope = NewDisposeScope();
        return a.eq(b!).all().Number<bool>();
    }
}
