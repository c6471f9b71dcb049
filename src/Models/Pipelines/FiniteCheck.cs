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
        if (values.device_type == DeviceType.META || IsFinite(values))
            return;
        throw new NotFiniteNumberException(values.dtype == ScalarType.Float16
            ? $"{what} are not finite: they were computed in float16, whose largest number is 65504. Load the model in bfloat16 or float32, which have the range."
            : $"{what} are not finite. Their type, {values.dtype}, has the range: look for NaN or infinity in weights, embeddings, latents and options.");
    }

    private static bool IsFinite(Tensor values)
    {
        using var scope = NewDisposeScope();
        // NaN is both the least and the greatest of what it is among.
        var ends = stack([values.min(), values.max()]);
        return ends.isfinite().all().cpu().item<bool>();
    }
}
