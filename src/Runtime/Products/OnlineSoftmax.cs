using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.X86.Avx512F;

namespace Afterimage;

/// <summary>
/// The softmax of a row of scores that comes in parts: of what came so far, the largest score and the sum of weights relative to it. Source: Milakov and
/// Gimelshein, "Online normalizer calculation for softmax" (2018), algorithm 3.
/// </summary>
internal unsafe struct OnlineSoftmax
{
    private float _largest;
    private float _sum;

    /// <summary>Of no scores yet.</summary>
    public static OnlineSoftmax Empty => new() { _largest = float.NegativeInfinity };

    /// <summary>One over the sum of all weights.</summary>
    public readonly float Normalizer => 1 / _sum;

    /// <summary>Makes weights of the next scores, and what was summed up with earlier weights relative to the same largest score.</summary>
    /// <param name="scores">Scores times log₂ e; their weights after the call.</param>
    /// <param name="count">How many; a multiple of 32.</param>
    /// <param name="summed">The sum of values times weights so far.</param>
    /// <param name="channels">The width of a value; a multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Next(float* scores, int count, float* summed, int channels)
    {
        var tops = Vector512.Create(_largest);
        for (var i = 0; i < count; i += 16)
            tops = Max(tops, Vector512.Load(scores + i));
        var largest = _largest;
        for (var lane = 0; lane < 16; lane++)
            largest = MathF.Max(largest, tops[lane]);
        if (largest > _largest)
            Rescale(largest, summed, channels);

        var shift = Vector512.Create(largest);
        Vector512<float> even = Vector512<float>.Zero, odd = Vector512<float>.Zero;
        for (var i = 0; i < count; i += 32)
        {
            var first = PowerOfTwo(Vector512.Load(scores + i) - shift);
            var second = PowerOfTwo(Vector512.Load(scores + i + 16) - shift);
            first.Store(scores + i);
            second.Store(scores + i + 16);
            even += first;
            odd += second;
        }
        _sum += Vector512.Sum(even + odd);
    }

    private void Rescale(float largest, float* summed, int channels)
    {
        var factor = MathF.Pow(2, _largest - largest);
        var factors = Vector512.Create(factor);
        for (var i = 0; i < channels; i += 16)
            (Vector512.Load(summed + i) * factors).Store(summed + i);
        _sum *= factor;
        _largest = largest;
    }

    /// <summary>2ˣ within two units in the last place: a polynomial of the rest after rounding, scaled by the rounded number. Nothing for −∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOfTwo(Vector512<float> x)
    {
        var whole = RoundScale(x, 8); // to whole numbers, without raising inexact
        var rest = x - whole;
        var power = Vector512.Create(1.5403530e-4f);
        power = FusedMultiplyAdd(power, rest, Vector512.Create(1.3333558e-3f));
        power = FusedMultiplyAdd(power, rest, Vector512.Create(9.6181291e-3f));
        power = FusedMultiplyAdd(power, rest, Vector512.Create(5.5504109e-2f));
        power = FusedMultiplyAdd(power, rest, Vector512.Create(2.4022651e-1f));
        power = FusedMultiplyAdd(power, rest, Vector512.Create(6.9314718e-1f));
        power = FusedMultiplyAdd(power, rest, Vector512<float>.One);
        // For −∞ the rest is no number, and scaling by 2^−∞ makes 0 of that.
        return Scale(power, whole);
    }
}
