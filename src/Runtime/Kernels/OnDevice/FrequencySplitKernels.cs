using ILGPU;
using ILGPU.Util;

namespace Afterimage.Kernels.OnDevice;

/// <summary>What stands before, between and after torch's Fourier transforms of a frequency split.</summary>
internal static class FrequencySplitKernels
{
    /// <summary>torch's complex64.</summary>
    public struct Complex
    {
        public float Real;
        public float Imaginary;
    }

    public static void Difference<TPack, TLanes>(
        Index1D i, ArrayView<TPack> unconditional, ArrayView<TPack> conditional, ArrayView<TLanes> difference)
        where TPack : unmanaged, IPack<TPack, TLanes>
        where TLanes : unmanaged, ILanes<TLanes> =>
        difference[i] = TPack.Widen(unconditional[i]) - TPack.Widen(conditional[i]);

    /// <summary>Keeps the disc of low frequencies of unshifted half spectra <c>[…, height, columns]</c>.</summary>
    /// <param name="i">The frequency.</param>
    /// <param name="spectrum">Some frequencies of one spectrum after another.</param>
    /// <param name="first">The place of the first of them in its spectrum.</param>
    /// <param name="height">Rows of a spectrum.</param>
    /// <param name="columns">Columns of a half spectrum.</param>
    /// <param name="squaredRadius">Of the disc.</param>
    public static void LowPass(Index1D i, ArrayView<Complex> spectrum, int first, int height, int columns, int squaredRadius)
    {
        var place = first + i;
        var column = place % columns;
        var row = place / columns % height;
        row = IntrinsicMath.Min(row, height - row); // frequency k and height − k are one, of opposite sign
        var kept = Utilities.Select(row * row + column * column <= squaredRadius, 1f, 0f);
        var value = spectrum[i];
        value.Real *= kept;
        value.Imaginary *= kept;
        spectrum[i] = value;
    }

    /// <summary>difference − low, over the difference.</summary>
    public static void Rest<TPack, TLanes>(Index1D i, ArrayView<TPack> difference, ArrayView<TPack> low)
        where TPack : unmanaged, IPack<TPack, TLanes>
        where TLanes : unmanaged, ILanes<TLanes> =>
        difference[i] = TPack.Narrow(TPack.Widen(difference[i]) - TPack.Widen(low[i]));
}
