using System.Globalization;

namespace Afterimage.Cli;

/// <summary>Numbers of bytes on the command line.</summary>
internal static class ByteSize
{
    private static readonly (string Name, long Bytes)[] s_units = [("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("B", 1)];

    /// <summary>Reads a number with a unit, such as 2GiB or 1.5 MiB; without one it is bytes.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static long Parse(string text)
    {
        var (name, unit) = s_units.FirstOrDefault(each => text.EndsWith(each.Name, StringComparison.Ordinal), ("", 1));
        return double.TryParse(text[..^name.Length], NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)
            && number * unit is >= 1 and < long.MaxValue
            ? (long)(number * unit)
            : throw new ArgumentException($"Expected a number of bytes such as 2GiB, 300MiB or 65536, got '{text}'.");
    }
}
