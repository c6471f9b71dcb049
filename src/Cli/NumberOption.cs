using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Afterimage.Cli;

/// <summary>Options that take a number. Whatever the culture, decimals have a point and there are no separators: 1,5 is no number, and not 15.</summary>
internal static class NumberOption
{
    /// <summary>A whole number above 0.</summary>
    public static Option<int> Count(string name, string description, int usual) =>
        new(name) { Description = description, DefaultValueFactory = _ => usual, CustomParser = WholeAbove0<int> };

    /// <summary>A whole number above 0, or null where the option is not given.</summary>
    public static Option<int?> Count(string name, string description) =>
        new(name) { Description = description, CustomParser = result => WholeAbove0<int>(result) };

    /// <summary>A whole number of any sign, 0 where the option is not given.</summary>
    public static Option<T> Whole<T>(string name, string description)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> =>
        new(name) { Description = description, DefaultValueFactory = _ => T.Zero, CustomParser = Whole<T> };

    /// <summary>A number, or null where the option is not given.</summary>
    public static Option<double?> Real(string name, string description, double least = double.NegativeInfinity) =>
        new(name) { Description = description, CustomParser = result => Real(result, least) };

    /// <summary>What a validator can ask before the command line is known to be right: the number that is given, or null.</summary>
    public static double? Given(SymbolResult result, Option option) =>
        result.GetResult(option)?.Tokens is [var token] && double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static T WholeAbove0<T>(ArgumentResult result)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        var value = Whole<T>(result);
        if (value <= T.Zero && !result.Errors.Any())
            result.AddError($"{NameOf(result)} must be above 0, got {value}.");
        return value;
    }

    private static T Whole<T>(ArgumentResult result)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        var text = result.Tokens[0].Value;
        if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            return value;
        Refuse(result, BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
            ? $"Expected a whole number of {T.MinValue} to {T.MaxValue}."
            : "Expected a whole number such as 50, without separators; decimals, which have a point, are not taken.");
        return value;
    }

    private static double? Real(ArgumentResult result, double least)
    {
        var text = result.Tokens[0].Value;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
            Refuse(result, "Expected a number such as 1.5: decimals have a point, and there are no separators.");
        else if (value < least)
            result.AddError($"{NameOf(result)} must be {least} or more, got {value.ToString(CultureInfo.InvariantCulture)}.");
        return value;
    }

    private static void Refuse(ArgumentResult result, string expected) =>
        result.AddError($"Cannot parse argument '{result.Tokens[0].Value}' for option '{NameOf(result)}'. {expected}");

    private static string NameOf(ArgumentResult result) => ((OptionResult)result.Parent!).Option.Name;
}
