#pragma warning disable RS0030 // The one place where numbers become Scalars.
using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage;

public static partial class TensorArithmetic
{
    private static readonly Scalar s_two = 2.ToScalar();
    private static readonly Scalar s_twenty = 20.ToScalar();

    /// <summary>The square, as torch's <c>square</c>.</summary>
    [NoSideEffects]
    public static Tensor Squared(this Tensor tensor) => Held(tensor.pow(s_two), tensor);

    /// <summary>A number to the power of every element, in the elements' type and where they are.</summary>
    [NoSideEffects]
    public static Tensor ToThe(this double number, Tensor exponents)
    {
        using var scalar = number.ToScalar();
        using var tensor = full([], scalar, exponents.dtype, exponents.device);
        return Held(tensor.pow(exponents), exponents);
    }

    /// <summary>The larger of every element and a number.</summary>
    [NoSideEffects]
    public static Tensor AtLeast(this Tensor tensor, long number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.clamp_min(scalar), tensor);
    }

    /// <inheritdoc cref="AtLeast(Tensor, long)"/>
    [NoSideEffects]
    public static Tensor AtLeast(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.clamp_min(scalar), tensor);
    }

    /// <summary>The smaller of every element and a number.</summary>
    [NoSideEffects]
    public static Tensor AtMost(this Tensor tensor, long number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.clamp_max(scalar), tensor);
    }

    /// <inheritdoc cref="AtMost(Tensor, long)"/>
    [NoSideEffects]
    public static Tensor AtMost(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.clamp_max(scalar), tensor);
    }

    /// <summary>Every element, moved into <paramref name="min"/> to <paramref name="max"/>.</summary>
    [NoSideEffects]
    public static Tensor Clamped(this Tensor tensor, long min, long max)
    {
        using var lowest = min.ToScalar();
        using var highest = max.ToScalar();
        return Held(tensor.clamp(lowest, highest), tensor);
    }

    /// <inheritdoc cref="Clamped(Tensor, long, long)"/>
    [NoSideEffects]
    public static Tensor Clamped(this Tensor tensor, double min, double max)
    {
        using var lowest = min.ToScalar();
        using var highest = max.ToScalar();
        return Held(tensor.clamp(lowest, highest), tensor);
    }

    /// <summary><c>tensor == number</c>, element by element: true and false.</summary>
    [NoSideEffects]
    public static Tensor IsEqual(this Tensor tensor, long number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.eq(scalar), tensor);
    }

    /// <inheritdoc cref="IsEqual(Tensor, long)"/>
    [NoSideEffects]
    public static Tensor IsEqual(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.eq(scalar), tensor);
    }

    /// <summary><c>tensor &lt; number</c>, element by element: true and false.</summary>
    [NoSideEffects]
    public static Tensor IsLess(this Tensor tensor, long number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.lt(scalar), tensor);
    }

    /// <inheritdoc cref="IsLess(Tensor, long)"/>
    [NoSideEffects]
    public static Tensor IsLess(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.lt(scalar), tensor);
    }

    /// <summary><c>tensor &lt;= number</c>, element by element: true and false.</summary>
    [NoSideEffects]
    public static Tensor IsAtMost(this Tensor tensor, long number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.le(scalar), tensor);
    }

    /// <inheritdoc cref="IsAtMost(Tensor, long)"/>
    [NoSideEffects]
    public static Tensor IsAtMost(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.le(scalar), tensor);
    }

    /// <summary><c>tensor > number</c>, element by element: true and false.</summary>
    [NoSideEffects]
    public static Tensor IsGreater(this Tensor tensor, long number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.gt(scalar), tensor);
    }

    /// <inheritdoc cref="IsGreater(Tensor, long)"/>
    [NoSideEffects]
    public static Tensor IsGreater(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.gt(scalar), tensor);
    }

    /// <summary><c>tensor + scale · addend</c>, in one pass.</summary>
    [NoSideEffects]
    public static Tensor PlusScaled(this Tensor tensor, Tensor addend, double scale)
    {
        using var alpha = scale.ToScalar();
        return Held(tensor.add(addend, alpha), tensor, addend);
    }

    /// <summary><c>tensor + left · right</c>, in one pass.</summary>
    [NoSideEffects]
    public static Tensor PlusProduct(this Tensor tensor, Tensor left, Tensor right)
    {
        var result = Held(tensor.addcmul(left, right, s_one), left, right);
        GC.KeepAlive(tensor);
        return result;
    }

    /// <summary>A copy whose elements are <paramref name="value"/> where <paramref name="mask"/> is true.</summary>
    [NoSideEffects]
    public static Tensor Masked(this Tensor tensor, Tensor mask, long value)
    {
        using var scalar = value.ToScalar();
        return Held(tensor.masked_fill(mask, scalar), tensor, mask);
    }

    /// <inheritdoc cref="Masked(Tensor, Tensor, long)"/>
    [NoSideEffects]
    public static Tensor Masked(this Tensor tensor, Tensor mask, double value)
    {
        using var scalar = value.ToScalar();
        return Held(tensor.masked_fill(mask, scalar), tensor, mask);
    }

    /// <summary>log(1 + eˣ), as torch's <c>softplus</c>.</summary>
    [NoSideEffects]
    public static Tensor Softplus(this Tensor tensor) => Held(Softplus(tensor, s_one, s_twenty), tensor);

    // All public overloads make a Scalar.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "softplus1")]
    private static extern Tensor Softplus(Tensor tensor, Scalar beta, Scalar threshold);

    /// <summary>A tensor of one value.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="value">The value.</param>
    /// <param name="dtype">Its type; <see langword="null"/> for torch's default, or int64 for a whole number.</param>
    /// <param name="device">Where it is; <see langword="null"/> for torch's default.</param>
    [NoSideEffects]
    public static Tensor Full(long[] shape, long value, ScalarType? dtype = null, Device? device = null)
    {
        using var scalar = value.ToScalar();
        return full(shape, scalar, dtype, device);
    }

    /// <inheritdoc cref="Full(long[], long, ScalarType?, Device?)"/>
    [NoSideEffects]
    public static Tensor Full(long[] shape, double value, ScalarType? dtype = null, Device? device = null)
    {
        using var scalar = value.ToScalar();
        return full(shape, scalar, dtype, device);
    }

    /// <summary>0, 1, 2, … below <paramref name="stop"/>: [stop].</summary>
    /// <param name="stop">How many.</param>
    /// <param name="dtype">Its type; <see langword="null"/> for int64.</param>
    /// <param name="device">Where it is; <see langword="null"/> for torch's default.</param>
    [NoSideEffects]
    public static Tensor Range(long stop, ScalarType? dtype = null, Device? device = null) => Range(0, stop, 1, dtype, device);

    /// <inheritdoc cref="Range(long, ScalarType?, Device?)"/>
    /// <summary>From <paramref name="start"/> in steps, below <paramref name="stop"/>.</summary>
    /// <param name="start">The first number.</param>
    /// <param name="stop">Where it ends, itself not in it.</param>
    /// <param name="step">What is added each time.</param>
    /// <param name="dtype">Its type; <see langword="null"/> for int64.</param>
    /// <param name="device">Where it is; <see langword="null"/> for torch's default.</param>
    [NoSideEffects]
    public static Tensor Range(long start, long stop, long step, ScalarType? dtype = null, Device? device = null)
    {
        using var first = start.ToScalar();
        using var end = stop.ToScalar();
        using var increment = step.ToScalar();
        return arange(first, end, increment, dtype, device);
    }
}
