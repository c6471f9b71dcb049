using static TorchSharp.torch;

namespace Afterimage;

/// <summary>Compares tensors bit for bit, so that NaN equals itself.</summary>
internal static class TensorBits
{
    // A tensor's bytes come as a span, which is never longer than an int.
    private const long MostElements = 1 << 26;

    public static bool AreEqual(Tensor left, Tensor right)
    {
        if (left.dtype != right.dtype || !left.shape.AsSpan().SequenceEqual(right.shape))
            return false;
        using var scope = NewDisposeScope();
        var (flatLeft, flatRight) = (Flat(left), Flat(right));
        for (long at = 0, count = left.numel(); at < count; at += MostElements)
        {
            var length = Math.Min(MostElements, count - at);
            using var partLeft = flatLeft.narrow(0, at, length);
            using var partRight = flatRight.narrow(0, at, length);
            if (!partLeft.bytes.SequenceEqual(partRight.bytes))
                return false;
        }

        return true;
    }

    /// <summary>The largest absolute difference; NaN where one element is not a number, or where there is nothing to compare.</summary>
    public static double LargestDifference(Tensor left, Tensor right)
    {
        if (!left.shape.AsSpan().SequenceEqual(right.shape))
            return double.NaN;
        using var scope = NewDisposeScope();
        using var numbers = Flat(left).to(ScalarType.Float64).data<double>();
        using var others = Flat(right).to(ScalarType.Float64).data<double>();
        return numbers.Zip(others, (one, other) => one.Equals(other) ? 0 : Math.Abs(one - other)).Aggregate(0.0, Math.Max);
    }

    private static Tensor Flat(Tensor tensor) => tensor.detach().MovedTo(CPU).contiguous().view(-1);
}
