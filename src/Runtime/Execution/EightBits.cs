using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>Values as codes of 8 bits with a scale per row of the last dimension, in torch operations.</summary>
/// <remarks>
/// e4m3 as of OCP's 8-bit floating point: the largest value is 448, the smallest step 2⁻⁹. TorchSharp has no such type, so a code is made of exponent and
/// mantissa by hand: (exponent + 7) · 8 + mantissa − 8, where a mantissa of 8 to 15 is in steps of 2^(exponent − 3), and below 8 at the lowest exponent.
/// </remarks>
internal static class EightBits
{
    private const double LargestE4M3 = 448;
    private const double LargestInt8 = 127;
    private const double SmallestNormal = 0.015625; // 2⁻⁶
    private const double SmallestScale = 1e-35; // of a row of zeros

    /// <summary>Codes and scales of a tensor, in the current dispose scope.</summary>
    public static (Tensor Codes, Tensor Scales) Encode(Tensor value, SlotDtype dtype)
    {
        var wide = value.to(ScalarType.Float32);
        var largest = dtype == SlotDtype.Int8 ? LargestInt8 : LargestE4M3;
        var scales = wide.abs().amax([-1], keepdim: true).Over(largest).AtLeast(SmallestScale);
        var scaled = wide.Over(scales);
        return (dtype == SlotDtype.Int8 ? scaled.round().to(ScalarType.Int8) : EncodeE4M3(scaled), scales);
    }

    /// <summary>What codes stand for, in the current dispose scope.</summary>
    public static Tensor Decode(Tensor codes, Tensor scales, SlotDtype dtype, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var scaled = dtype == SlotDtype.Int8 ? codes.to(ScalarType.Float32) : DecodeE4M3(codes);
        return scaled.Times(scales).to(type, copy: true).MoveToOuterDisposeScope();
    }

    private static Tensor EncodeE4M3(Tensor scaled)
    {
        var size = scaled.abs().AtMost(LargestE4M3);
        var exponent = size.AtLeast(SmallestNormal).log2().floor();
        var mantissa = size.Over(exponent.Minus(3).exp2()).round();
        var code = exponent.Plus(7).Times(8).Plus(mantissa).Minus(8);
        return code.Plus(scaled.lt(zeros_like(scaled)).to(ScalarType.Float32).Times(128)).to(ScalarType.Byte);
    }

    private static Tensor DecodeE4M3(Tensor codes)
    {
        var code = codes.to(ScalarType.Float32);
        var isNegative = code.Over(128).floor();
        var size = code.Minus(isNegative.Times(128));
        var exponent = size.Over(8).floor();
        var isNormal = exponent.AtMost(1);
        var mantissa = size.Minus(exponent.Times(8)).Plus(isNormal.Times(8));
        var value = mantissa.Times(exponent.AtLeast(1).Minus(10).exp2());
        return value.Times(1.Minus(isNegative.Times(2)));
    }
}
