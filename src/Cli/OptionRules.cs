using System.CommandLine;
using System.Globalization;

namespace Afterimage.Cli;

/// <summary>What options accept beyond their types, checked before a command runs.</summary>
internal static class OptionRules
{
    /// <summary>Refuses 0 and less. What is no number at all has an error of its own.</summary>
    public static void AcceptOnlyPositive(this Option option) => option.Validators.Add(result =>
    {
        foreach (var token in result.Tokens)
        {
            if (int.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && value <= 0)
                result.AddError($"{option.Name} must be above 0, got {value}.");
        }
    });

    /// <summary>Refuses paths that end otherwise.</summary>
    public static void AcceptOnlyExtensions(this Option option, params string[] extensions) => option.Validators.Add(result =>
    {
        foreach (var token in result.Tokens)
        {
            if (!extensions.Contains(Path.GetExtension(token.Value)))
                result.AddError($"{option.Name} must end in {string.Join(" or ", extensions)}, got '{token.Value}'.");
        }
    });

    /// <summary>Refuses numbers, which would otherwise pass as members that the enumeration does not have.</summary>
    public static void AcceptOnlyNames<TEnum>(this Option<TEnum?> option)
        where TEnum : struct, Enum => option.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, Enum.GetNames<TEnum>());
}
