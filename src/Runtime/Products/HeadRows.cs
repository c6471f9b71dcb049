using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.X86.Avx512F;

namespace Afterimage;

/// <summary>The rows of one head, in float32 or bfloat16, read and written as float32.</summary>
/// <param name="start">The first element.</param>
/// <param name="stride">From a row to the next, in elements.</param>
/// <param name="isHalf">Whether the elements are bfloat16.</param>
internal readonly unsafe struct HeadRows(void* start, long stride, bool isHalf)
{
    private readonly void* _start = start;
    private readonly long _stride = stride;
    private readonly bool _isHalf = isHalf;

    /// <summary>16 channels of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Load(int row, int channel)
    {
        var place = row * _stride + channel;
        return _isHalf
            ? (ConvertToVector512UInt32(Vector256.Load((ushort*)_start + place)) << 16).AsSingle()
            : Vector512.Load((float*)_start + place);
    }

    /// <summary>Writes 16 channels of a row, to the nearest bfloat16, or the even one of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Vector512<float> values, int row, int channel)
    {
        var place = row * _stride + channel;
        if (!_isHalf)
        {
            values.Store((float*)_start + place);
            return;
        }
        var bits = values.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One)) >> 16;
        // Rounding would carry a NaN's last bits over into a number.
        var isNumber = Vector512.Equals(values, values).AsUInt32();
        ConvertToVector256UInt16(Vector512.ConditionalSelect(isNumber, rounded, Vector512.Create(0x7FC0u))).Store((ushort*)_start + place);
    }
}
