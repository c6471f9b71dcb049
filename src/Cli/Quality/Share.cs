using System.Globalization;

namespace Afterimage.Cli.Quality;

/// <summary>How many of some.</summary>
internal readonly record struct Share(int Part, int Whole)
{
    /// <summary>How many are true; null ones count neither way.</summary>
    public static Share Of(IEnumerable<bool?> answers)
    {
        var given = answers.Where(answer => answer is not null).ToList();
        return new Share(given.Count(answer => answer is true), given.Count);
    }

    /// <summary>In percent, or a dash where there was nothing to ask.</summary>
    public override string ToString() => Whole == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * Part / Whole:F0} %");
}
