using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>What a run asks of tensors' values, which waits for them.</summary>
internal static class TensorValues
{
    /// <summary>Whether two inputs are alike: both missing, or of one type, device and shape, and equal in every value.</summary>
    public static bool AreEqual(Tensor? a, Tensor? b)
    {
        if (a is null || b is null)
            return a is null && b is null;
        if (a.dtype != b.dtype || a.device_type != b.device_type || a.device_index != b.device_index || !a.shape.AsSpan().SequenceEqual(b.shape))
            return false;
        // On META there are no values that could differ.
        if (a.is_meta)
            return true;
        using var scope = NewDisposeScope();
        return a.eq(b).all().Number<bool>();
    }
}
