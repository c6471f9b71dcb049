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

/// <summary>Sizes of types.</summary>
internal static class SlotDtypes
{
    /// <summary>The bytes of an element, scales of rows aside; null where that is for the results to say.</summary>
    public static int? ElementSize(this SlotDtype dtype) => dtype switch
    {
        SlotDtype.Float32 => 4,
        SlotDtype.Float16 or SlotDtype.BFloat16 => 2,
        SlotDtype.Float8E4M3 or SlotDtype.Int8 => 1,
        _ => null,
    };

    /// <summary>Whether values are codes with a scale per row.</summary>
    public static bool IsScaled(this SlotDtype dtype) => dtype is SlotDtype.Float8E4M3 or SlotDtype.Int8;
}
