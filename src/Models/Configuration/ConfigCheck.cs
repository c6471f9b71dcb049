using System.Text.Json;

namespace Afterimage.Models;

/// <summary>Checks of settings that no model can be built from. Messages name a setting as a config's file spells it.</summary>
internal static class ConfigCheck
{
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

    /// <summary>Refuses an epsilon that would make not-a-number.</summary>
    public static void Epsilon(double value, string name)
    {
        if (!(value >= 0 && double.IsFinite(value)))
            throw new ArgumentException($"expected {Key(name)} of 0 or more, found {value}");
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
