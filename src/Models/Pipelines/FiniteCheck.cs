using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Stops a generation at the first stage whose numbers are not finite, since whatever comes after them is not either.</summary>
internal static class FiniteCheck
{
    /// <summary>Looks at all of <paramref name="values"/>; on an accelerator this waits for them. On META there are none.</summary>
    /// <param name="values">What a stage gave, in the type that it computes in.</param>
    /// <param name="what">Their name, in the plural, and when they came about.</param>
    /// <exception cref="NotFiniteNumberException">One of them is NaN or infinite; the message says what, when, and the likely cause.</exception>
    public static void Of(Tensor values, string what)
    {
        using var scope = NewDisposeScope();
        if (values.device_type != DeviceType.META && !AreFinite(values).Number<bool>())
            throw Failure(values.dtype, what);
    }

    /// <summary>Whether all values are finite: a boolean without dimensions where they are, in the current dispose scope.</summary>
    public static Tensor AreFinite(Tensor values)
    {
        using var scope = NewDisposeScope();
        // NaN is both the least and the greatest of what it is among.
        return stack([values.min(), values.max()]).isfinite().all().MoveToOuterDisposeScope();
    }

    /// <summary>Says what, when, and the likely cause.</summary>
    public static NotFiniteNumberException Failure(ScalarType dtype, string what) => new(dtype == ScalarType.Float16
        ? $"{what} are not finite: they were computed in float16, whose largest number is 65504. Load the model in bfloat16 or float32, which have the range."
        : $"{what} are not finite. Their type, {dtype}, has the range: look for NaN or infinity in weights, embeddings, latents and options.");
}
