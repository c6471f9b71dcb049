using System.Text.Json;

namespace Afterimage.Models;

/// <summary>Checks of settings that no model can be built from. Messages name a setting as a config's file spells it.</summary>
internal static class ConfigCheck
{
    private const int MostSizes = 16;

    public static void Positive(long value, string name)
    {
        if (value <= 0)
            throw new ArgumentException($"expected {Key(name)} above 0, found {value}");
    }

    public static void Positive(double value, string name)
    {
        if (!(value > 0 && double.IsFinite(value)))
            throw new ArgumentException($"expected {Key(name)} above 0, found {value}");
    }

    public static void NotNegative(long value, string name)
    {
        if (value < 0)
            throw new ArgumentException($"expected {Key(name)} of 0 or more, found {value}");
    }

    public static void Positive((int First, int Second, int Third) values, string name)
    {
        if (values.First <= 0 || values.Second <= 0 || values.Third <= 0)
            throw new ArgumentException($"expected {Key(name)} above 0, found {values}");
    }

    /// <summary>Refuses channels of axes that positions cannot be made for, or that are not those of a head.</summary>
    public static void RotaryAxes((int First, int Second, int Third) dims, int headDim, string name)
    {
        Positive(dims, name);
        if (dims.First % 2 != 0 || dims.Second % 2 != 0 || dims.Third % 2 != 0 || (long)dims.First + dims.Second + dims.Third != headDim)
            throw new ArgumentException($"expected {Key(name)} of even numbers whose sum is {headDim}, found {dims}");
    }

    /// <summary>Refuses an epsilon that would make not-a-number.</summary>
    public static void Epsilon(double value, string name)
    {
        if (!(value >= 0 && double.IsFinite(value)))
            throw new ArgumentException($"expected {Key(name)} of 0 or more, found {value}");
    }

    /// <summary>Refuses no size at all, or so many that the pixels of one latent would be beyond all numbers.</summary>
    public static void Sizes(int count, string name)
    {
        if (count is 0 or > MostSizes)
            throw new ArgumentException($"expected {Key(name)} of 1 to {MostSizes} sizes, found {(count == 0 ? "none" : count)}");
    }

    /// <summary>Refuses a factor that nothing can be divided by.</summary>
    public static void Factor(double value, string name)
    {
        if (!double.IsFinite(value) || value == 0)
            throw new ArgumentException($"expected a {Key(name)} other than 0, found {value}");
    }

    /// <summary>A property's name as the key of a file; a key stays as it is.</summary>
    private static string Key(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
