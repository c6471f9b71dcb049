using Afterimage.Configuration;

namespace Afterimage;

/// <summary>
/// A mask over the steps: where it has a 1 the sites are computed, and where it has a 0 the last value is reused. Masks are found by
/// calibration (LeMiCa, arXiv 2511.00090) or chosen by hand (the "steps computation mask" of cache-dit).
/// </summary>
public sealed record StepMaskConfig : CacheConfig
{
    /// <summary>One digit per forward of a context, 1 to compute and 0 to reuse, such as <c>1110101</c>. Blanks and commas are passed over.</summary>
    public string Mask { get; init; } = "";

    /// <summary>The kinds of site that the mask is for.</summary>
    public SiteKind Kind { get; init; } = SiteKind.BlockStack;

    /// <summary>LeMiCa's published mask of Wan 2.1 T2V 1.3B: 17 of 50 steps are computed.</summary>
    public static string LeMiCaWanT2V13B { get; } = MaskOf(50, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 18, 25, 32, 39, 46, 49);

    /// <summary>LeMiCa's published mask of Wan 2.1 T2V 14B: 17 of 50 steps are computed.</summary>
    public static string LeMiCaWanT2V14B { get; } = MaskOf(50, 0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 16, 22, 29, 36, 43, 47, 49);

    /// <summary>The mask of the computed steps' numbers, from 0.</summary>
    /// <param name="steps">How many steps a run has.</param>
    /// <param name="computed">Those that are computed.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is not one of the steps.</exception>
    public static string MaskOf(int steps, params IEnumerable<int> computed)
    {
        var digits = Enumerable.Repeat('0', steps).ToArray();
        foreach (var step in computed)
        {
            if (step < 0 || step >= steps)
                throw new ArgumentOutOfRangeException(nameof(computed), step, $"Expected steps from 0 to {steps - 1}.");
            digits[step] = '1';
        }
        return new string(digits);
    }

    /// <summary>The mask's digits alone.</summary>
    internal string Digits => string.Concat(Mask.Where(digit => digit is not (' ' or ',')));

    /// <inheritdoc/>
    internal override void Check(ConfigProblems problems)
    {
        if (Digits.Length == 0 || Digits.Any(digit => digit is not ('0' or '1')))
            problems.Of(nameof(Mask), $"\"{Mask}\"", "give one digit per forward, 1 to compute and 0 to reuse");
        else if (Digits[0] == '0')
            problems.Of(nameof(Mask), $"\"{Mask}\"", "the first forward has nothing to reuse: begin with a 1");
        problems.Defined(nameof(Kind), Kind);
    }
}
