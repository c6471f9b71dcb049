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

    /// <summary>Refuses an epsilon that would make not-a-number.</summary>
    public static void Epsilon(double value, string name)
    {
        if (!(value >= 0 && double.IsFinite(value)))
            throw new ArgumentException($"expected {Key(name)} of 0 or more, found {value}");
    }

    /// <summary>Refuses what is divided by where it is 0.</summary>
    public static void NotZero(double value, string name)
    {
        if (!double.IsFinite(value) || value == 0)
            throw new ArgumentException($"expected a {Key(name)} other than 0, found {value}");
    }

    /// <summary>Refuses no size at all, or so many that the pixels of one latent would be beyond all numbers.</summary>
    public static void Sizes(int count, string name)
    {
        if (count is 0 or > MostSizes)
            throw new ArgumentException($"expected {Key(name)} of 1 to {MostSizes} sizes, found {(count == 0 ? "none" : count)}");
    }

    /// <summary>Refuses channels that do not divide into groups of a norm.</summary>
    public static void Channels(IReadOnlyList<int> channels, int groups, string name)
    {
        Sizes(channels.Count, name);
        foreach (var each in channels)
        {
            if (each <= 0 || each % groups != 0)
                throw new ArgumentException($"expected {Key(name)} in multiples of norm_num_groups {groups}, found {each}");
        }
    }

    /// <summary>Refuses blocks of another kind than those known, or another number of them than one per size.</summary>
    public static void Blocks(IReadOnlyList<string> types, int sizes, string name, params IReadOnlyList<string> known)
    {
        if (types.Count != sizes || !types.All(known.Contains))
            throw new ArgumentException($"expected {sizes} {string.Join(" or ", known)} in {Key(name)}, one per size, found {string.Join(", ", types)}");
    }

    /// <summary>A property's name as the key of a file; a key stays as it is.</summary>
    private static string Key(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
