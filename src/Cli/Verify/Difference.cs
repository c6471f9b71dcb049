using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>The largest difference found between tensors, and the limit it has to keep.</summary>
/// <param name="Quantity">What was compared.</param>
/// <param name="Largest">The largest difference; NaN where anything was not a number.</param>
/// <param name="Limit">The tolerance.</param>
internal readonly record struct Difference(string Quantity, double Largest, double Limit)
{
    public bool Passes => Largest <= Limit;

    /// <summary>The largest absolute difference.</summary>
    public static double Absolute(Tensor actual, Tensor expected)
    {
        if (!actual.shape.AsSpan().SequenceEqual(expected.shape))
            throw new InvalidDataException($"expected a tensor [{string.Join(", ", expected.shape)}], got [{string.Join(", ", actual.shape)}]");
        if (expected.numel() == 0)
            return 0;
        using var scope = NewDisposeScope();
        return actual.to(ScalarType.Float64).sub(expected.to(ScalarType.Float64)).abs().max().item<double>();
    }

    /// <summary>The largest absolute difference, as a share of the largest magnitude that was expected.</summary>
    public static double Relative(Tensor actual, Tensor expected)
    {
        var difference = Absolute(actual, expected);
        using var scope = NewDisposeScope();
        var magnitude = expected.numel() == 0 ? 0 : expected.to(ScalarType.Float64).abs().max().item<double>();
        return difference == 0 ? 0 : difference / magnitude;
    }
}
