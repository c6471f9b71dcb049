#pragma warning disable RS0030 // The one place where numbers become Scalars.
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage;

/// <summary>
/// Tensor operations with numbers, bit for bit those of TorchSharp's operators, that keep their operands alive while libtorch works.
/// TorchSharp wraps every number in a <see cref="Scalar"/> whose finalizer frees it, and keeps no reference to it over the native
/// call: a garbage collection in that moment lets libtorch read freed memory. Even <c>a + b</c> makes one, for its alpha of 1.
/// A whole number keeps a tensor of integers one; a fraction makes floats of it. Results are owned by the current dispose scope, or by
/// the caller outside of one.
/// </summary>
public static partial class TensorArithmetic
{
    private static readonly Scalar s_one = 1.ToScalar();

    /// <summary><c>left + right</c>, element by element, broadcast.</summary>
    [NoSideEffects]
    public static Tensor Plus(this Tensor left, Tensor right) => Held(left.add(right, s_one), left, right);

    /// <summary><c>left + right</c>.</summary>
    [NoSideEffects]
    public static Tensor Plus(this Tensor left, long right)
    {
        using var number = right.ToScalar();
        return Held(left.add(number, s_one), left);
    }

    /// <inheritdoc cref="Plus(Tensor, long)"/>
    [NoSideEffects]
    public static Tensor Plus(this Tensor left, double right)
    {
        using var number = right.ToScalar();
        return Held(left.add(number, s_one), left);
    }

    /// <summary><c>left - right</c>, element by element, broadcast.</summary>
    [NoSideEffects]
    public static Tensor Minus(this Tensor left, Tensor right) => Held(left.sub(right), left, right);

    /// <summary><c>left - right</c>.</summary>
    [NoSideEffects]
    public static Tensor Minus(this Tensor left, long right)
    {
        using var number = right.ToScalar();
        return Held(left.sub(number), left);
    }

    /// <inheritdoc cref="Minus(Tensor, long)"/>
    [NoSideEffects]
    public static Tensor Minus(this Tensor left, double right)
    {
        using var number = right.ToScalar();
        return Held(left.sub(number), left);
    }

    /// <summary><c>left - right</c>, as TorchSharp has it: the negative of <paramref name="right"/>, plus <paramref name="left"/>.</summary>
    [NoSideEffects]
    public static Tensor Minus(this long left, Tensor right)
    {
        using var negative = Held(right.negative(), right);
        return negative.Plus(left);
    }

    /// <inheritdoc cref="Minus(long, Tensor)"/>
    [NoSideEffects]
    public static Tensor Minus(this int left, Tensor right) => ((long)left).Minus(right);

    /// <inheritdoc cref="Minus(long, Tensor)"/>
    [NoSideEffects]
    public static Tensor Minus(this double left, Tensor right)
    {
        using var negative = Held(right.negative(), right);
        return negative.Plus(left);
    }

    /// <summary><c>left * right</c>, element by element, broadcast.</summary>
    [NoSideEffects]
    public static Tensor Times(this Tensor left, Tensor right) => Held(left.mul(right), left, right);

    /// <summary><c>left * right</c>.</summary>
    [NoSideEffects]
    public static Tensor Times(this Tensor left, long right)
    {
        using var number = right.ToScalar();
        return Held(left.mul(number), left);
    }

    /// <inheritdoc cref="Times(Tensor, long)"/>
    [NoSideEffects]
    public static Tensor Times(this Tensor left, double right)
    {
        using var number = right.ToScalar();
        return Held(left.mul(number), left);
    }

    /// <summary><c>left / right</c>, element by element, broadcast; floats, also of integers.</summary>
    [NoSideEffects]
    public static Tensor Over(this Tensor left, Tensor right) => Held(left.div(right), left, right);

    /// <summary><c>left / right</c>; floats, also of integers.</summary>
    [NoSideEffects]
    public static Tensor Over(this Tensor left, long right)
    {
        using var number = right.ToScalar();
        return Held(left.div(number), left);
    }

    /// <inheritdoc cref="Over(Tensor, long)"/>
    [NoSideEffects]
    public static Tensor Over(this Tensor left, double right)
    {
        using var number = right.ToScalar();
        return Held(left.div(number), left);
    }

    /// <summary><c>left / right</c>, as TorchSharp has it: the reciprocal of <paramref name="right"/>, times <paramref name="left"/>.</summary>
    [NoSideEffects]
    public static Tensor Over(this long left, Tensor right)
    {
        using var reciprocal = Held(right.reciprocal(), right);
        return reciprocal.Times(left);
    }

    /// <inheritdoc cref="Over(long, Tensor)"/>
    [NoSideEffects]
    public static Tensor Over(this int left, Tensor right) => ((long)left).Over(right);

    /// <inheritdoc cref="Over(long, Tensor)"/>
    [NoSideEffects]
    public static Tensor Over(this double left, Tensor right)
    {
        using var reciprocal = Held(right.reciprocal(), right);
        return reciprocal.Times(left);
    }

    /// <summary>The result of a native call, whose operands no finalizer could reach before it returned.</summary>
    private static Tensor Held(Tensor result, Tensor left, Tensor? right = null)
    {
        GC.KeepAlive(left);
        GC.KeepAlive(right);
        return result;
    }
}
