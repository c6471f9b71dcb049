using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage;

/// <summary>The type that kept results are held in.</summary>
public enum SlotDtype
{
    /// <summary>The type they come in.</summary>
    Native,

    /// <summary>float32.</summary>
    Float32,

    /// <summary>float16.</summary>
    Float16,

    /// <summary>bfloat16.</summary>
    BFloat16,

    /// <summary>8 bits: 4 of exponent, 3 of mantissa (e4m3), with one float32 scale per row of the last dimension.</summary>
    Float8E4M3,

    /// <summary>8 bits, evenly spaced, with one float32 scale per row of the last dimension.</summary>
    Int8,
}

/// <summary>What types are, and their sizes.</summary>
internal static class SlotDtypes
{
    /// <summary>The type of the tensors that values, or their codes, are held in; null where that is for the results to say.</summary>
    public static ScalarType? StoredType(this SlotDtype dtype) => dtype switch
    {
        SlotDtype.Float32 => ScalarType.Float32,
        SlotDtype.Float16 => ScalarType.Float16,
        SlotDtype.BFloat16 => ScalarType.BFloat16,
        SlotDtype.Float8E4M3 => ScalarType.Byte,
        SlotDtype.Int8 => ScalarType.Int8,
        _ => null,
    };

    /// <summary>Whether values are codes with a scale per row.</summary>
    public static bool IsScaled(this SlotDtype dtype) => dtype is SlotDtype.Float8E4M3 or SlotDtype.Int8;
}
