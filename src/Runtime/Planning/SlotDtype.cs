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
}

/// <summary>Sizes of types.</summary>
internal static class SlotDtypes
{
    /// <summary>The bytes of an element, or null where that is for the results to say.</summary>
    public static int? ElementSize(this SlotDtype dtype) => dtype switch
    {
        SlotDtype.Float32 => 4,
        SlotDtype.Float16 or SlotDtype.BFloat16 => 2,
        _ => null,
    };
}
