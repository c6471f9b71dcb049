using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.X86.Avx512F;

namespace Afterimage;

/// <summary>A product of matrices small enough for its result to stay in the registers of AVX-512: six rows of 64 columns take 24 of the 32.</summary>
internal static unsafe class AttentionTile
{
    /// <summary>The rows of the left factor and of the result.</summary>
    public const int Rows = 6;

    /// <summary>The columns of the right factor and of the result; rows of the right factor lie one after another.</summary>
    public const int Columns = 64;

    /// <summary>From a row of the left factor or of the result to the next, in elements. Off a power of two, so that rows do not share places in the cache.</summary>
    public const int Stride = 256 + 16;

    /// <summary>Writes left · right, or adds it to what is there.</summary>
    /// <param name="left">Six rows of <paramref name="depth"/> elements.</param>
    /// <param name="right"><paramref name="depth"/> rows of 64 elements.</param>
    /// <param name="depth">The length of the sums.</param>
    /// <param name="result">Six rows of 64 elements.</param>
    /// <param name="adds">Whether what is there stays a part of the result.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Multiply(float* left, float* right, int depth, float* result, bool adds)
    {
        Vector512<float> r00, r01, r02, r03, r10, r11, r12, r13, r20, r21, r22, r23;
        Vector512<float> r30, r31, r32, r33, r40, r41, r42, r43, r50, r51, r52, r53;
        r00 = r01 = r02 = r03 = r10 = r11 = r12 = r13 = r20 = r21 = r22 = r23 = Vector512<float>.Zero;
        r30 = r31 = r32 = r33 = r40 = r41 = r42 = r43 = r50 = r51 = r52 = r53 = Vector512<float>.Zero;
        if (adds)
        {
            Load(result, out r00, out r01, out r02, out r03);
            Load(result + Stride, out r10, out r11, out r12, out r13);
            Load(result + 2 * Stride, out r20, out r21, out r22, out r23);
            Load(result + 3 * Stride, out r30, out r31, out r32, out r33);
            Load(result + 4 * Stride, out r40, out r41, out r42, out r43);
            Load(result + 5 * Stride, out r50, out r51, out r52, out r53);
        }
        for (var end = left + depth; left < end; left++, right += Columns)
        {
            Load(right, out var c0, out var c1, out var c2, out var c3);
            Add(left[0], c0, c1, c2, c3, ref r00, ref r01, ref r02, ref r03);
            Add(left[Stride], c0, c1, c2, c3, ref r10, ref r11, ref r12, ref r13);
            Add(left[2 * Stride], c0, c1, c2, c3, ref r20, ref r21, ref r22, ref r23);
            Add(left[3 * Stride], c0, c1, c2, c3, ref r30, ref r31, ref r32, ref r33);
            Add(left[4 * Stride], c0, c1, c2, c3, ref r40, ref r41, ref r42, ref r43);
            Add(left[5 * Stride], c0, c1, c2, c3, ref r50, ref r51, ref r52, ref r53);
        }
        Store(result, r00, r01, r02, r03);
        Store(result + Stride, r10, r11, r12, r13);
        Store(result + 2 * Stride, r20, r21, r22, r23);
        Store(result + 3 * Stride, r30, r31, r32, r33);
        Store(result + 4 * Stride, r40, r41, r42, r43);
        Store(result + 5 * Stride, r50, r51, r52, r53);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        float factor,
        Vector512<float> c0, Vector512<float> c1, Vector512<float> c2, Vector512<float> c3,
        ref Vector512<float> r0, ref Vector512<float> r1, ref Vector512<float> r2, ref Vector512<float> r3)
    {
        var factors = Vector512.Create(factor);
        r0 = FusedMultiplyAdd(factors, c0, r0);
        r1 = FusedMultiplyAdd(factors, c1, r1);
        r2 = FusedMultiplyAdd(factors, c2, r2);
        r3 = FusedMultiplyAdd(factors, c3, r3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* row, out Vector512<float> c0, out Vector512<float> c1, out Vector512<float> c2, out Vector512<float> c3)
    {
        c0 = Vector512.Load(row);
        c1 = Vector512.Load(row + 16);
        c2 = Vector512.Load(row + 32);
        c3 = Vector512.Load(row + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* row, Vector512<float> c0, Vector512<float> c1, Vector512<float> c2, Vector512<float> c3)
    {
        c0.Store(row);
        c1.Store(row + 16);
        c2.Store(row + 32);
        c3.Store(row + 48);
    }
}
