using ILGPU;
using ILGPU.Util;

namespace Afterimage.Kernels.OnDevice;

/// <summary>A number as it lies in a tensor's memory; kernels compute in float32.</summary>
internal interface IElement<TSelf>
    where TSelf : unmanaged, IElement<TSelf>
{
    /// <summary>The value in float32, exactly.</summary>
    static abstract float Widen(TSelf element);

    /// <summary>The nearest value, ties to even.</summary>
    static abstract TSelf Narrow(float value);
}

/// <summary>torch's float32.</summary>
internal readonly struct Float32Element(float value) : IElement<Float32Element>
{
    private readonly float _value = value;

    public static float Widen(Float32Element element) => element._value;

    public static Float32Element Narrow(float value) => new(value);
}

/// <summary>torch's float16.</summary>
internal readonly struct Float16Element(ILGPU.Half value) : IElement<Float16Element>
{
    private readonly ILGPU.Half _value = value;

    public static float Widen(Float16Element element) => element._value;

    public static Float16Element Narrow(float value) => new((ILGPU.Half)value);
}

/// <summary>torch's bfloat16, the upper half of a float32; ILGPU has no such type.</summary>
internal readonly struct BFloat16Element(ushort bits) : IElement<BFloat16Element>
{
    private const uint Magnitude = 0x7fff_ffff;
    private const uint Infinity = 0x7f80_0000;
    private const uint QuietNaN = 0x0040_0000;

    private readonly ushort _bits = bits;

    public static float Widen(BFloat16Element element) => Interop.IntAsFloat((uint)element._bits << 16);

    public static BFloat16Element Narrow(float value)
    {
        var bits = Interop.FloatAsInt(value);
        var rounded = bits + 0x7fff + ((bits >> 16) & 1);
        // Rounding could carry a NaN's payload into the sign; kept quiet instead. Both are computed: a select is no branch.
        return new((ushort)(Utilities.Select((bits & Magnitude) > Infinity, bits | QuietNaN, rounded) >> 16));
    }
}
