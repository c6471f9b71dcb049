#pragma warning disable RS0030 // The one place where numbers become Scalars.
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage;

// As torch's, these end in an underscore and write into their first operand.
public static partial class TensorArithmetic
{
    /// <summary>Adds <paramref name="addend"/>.</summary>
    /// <returns><paramref name="tensor"/> itself.</returns>
    public static Tensor Plus_(this Tensor tensor, Tensor addend) => Held(tensor.add_(addend, s_one), tensor, addend);

    /// <summary>Adds <c>scale · addend</c>.</summary>
    /// <returns><paramref name="tensor"/> itself.</returns>
    public static Tensor PlusScaled_(this Tensor tensor, Tensor addend, double scale)
    {
        using var alpha = scale.ToScalar();
        return Held(tensor.add_(addend, alpha), tensor, addend);
    }

    /// <summary>Adds <c>scale · left · right</c>.</summary>
    /// <returns><paramref name="tensor"/> itself.</returns>
    public static Tensor PlusProduct_(this Tensor tensor, Tensor left, Tensor right, double scale)
    {
        using var value = scale.ToScalar();
        var result = Held(tensor.addcmul_(left, right, value), left, right);
        GC.KeepAlive(tensor);
        return result;
    }

    /// <summary>Adds <c>scale · left / right</c>.</summary>
    /// <returns><paramref name="tensor"/> itself.</returns>
    public static Tensor PlusQuotient_(this Tensor tensor, Tensor left, Tensor right, double scale)
    {
        using var value = scale.ToScalar();
        var result = Held(tensor.addcdiv_(left, right, value), left, right);
        GC.KeepAlive(tensor);
        return result;
    }

    /// <summary>Adds a number.</summary>
    /// <returns><paramref name="tensor"/> itself.</returns>
    public static Tensor Plus_(this Tensor tensor, long number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.add_(scalar, s_one), tensor);
    }

    /// <inheritdoc cref="Plus_(Tensor, long)"/>
    public static Tensor Plus_(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.add_(scalar, s_one), tensor);
    }

    /// <summary>Multiplies by a number.</summary>
    /// <returns><paramref name="tensor"/> itself.</returns>
    public static Tensor Times_(this Tensor tensor, long number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.mul_(scalar), tensor);
    }

    /// <inheritdoc cref="Times_(Tensor, long)"/>
    public static Tensor Times_(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return Held(tensor.mul_(scalar), tensor);
    }

    /// <summary>Moves every element into <paramref name="min"/> to <paramref name="max"/>.</summary>
    /// <returns><paramref name="tensor"/> itself.</returns>
    public static Tensor Clamp_(this Tensor tensor, long min, long max)
    {
        using var lowest = min.ToScalar();
        using var highest = max.ToScalar();
        return Held(tensor.clamp_(lowest, highest), tensor);
    }

    /// <inheritdoc cref="Clamp_(Tensor, long, long)"/>
    public static Tensor Clamp_(this Tensor tensor, double min, double max)
    {
        using var lowest = min.ToScalar();
        using var highest = max.ToScalar();
        return Held(tensor.clamp_(lowest, highest), tensor);
    }

    /// <summary>Writes <paramref name="value"/> where <paramref name="mask"/> is true.</summary>
    /// <returns><paramref name="tensor"/> itself.</returns>
    public static Tensor Mask_(this Tensor tensor, Tensor mask, long value)
    {
        using var scalar = value.ToScalar();
        return Held(tensor.masked_fill_(mask, scalar), tensor, mask);
    }

    /// <inheritdoc cref="Mask_(Tensor, Tensor, long)"/>
    public static Tensor Mask_(this Tensor tensor, Tensor mask, double value)
    {
        using var scalar = value.ToScalar();
        return Held(tensor.masked_fill_(mask, scalar), tensor, mask);
    }
}
