using System.CommandLine;
using System.CommandLine.Parsing;

namespace Afterimage.Cli;

/// <summary>What options accept beyond their types, checked before a command runs.</summary>
internal static class OptionRules
{
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

    /// <summary>Refuses the option where it would not be heeded. What was given says so; its default does not.</summary>
    /// <param name="command">The command that has it.</param>
    /// <param name="option">The option.</param>
    /// <param name="isIgnored">Whether the rest of the command line leaves it out of account.</param>
    /// <param name="reason">Why, and what to do.</param>
    public static void RefuseWhere(this Command command, Option option, Func<CommandResult, bool> isIgnored, string reason) =>
        command.Validators.Add(result =>
        {
            if (IsGiven(result, option) && isIgnored(result))
                result.AddError($"{option.Name} would do nothing: {reason}");
        });

    /// <summary>Refuses a cache that is named twice: its runs would be counted as one's.</summary>
    public static void AcceptOnlyOnce(this Option<string[]> option) => option.Validators.Add(result =>
    {
        if (result.Tokens.GroupBy(token => token.Value).FirstOrDefault(same => same.Count() > 1) is { } twice)
            result.AddError($"{option.Name} {twice.Key} is given twice.");
    });

    /// <summary>Refuses what stands before a command and is the own of the one that it is part of: it would be forgotten.</summary>
    /// <param name="command">The command.</param>
    /// <param name="beginning">How its command line begins.</param>
    public static void RefuseBefore(this Command command, string beginning) => command.Validators.Add(result =>
    {
        if (result.Parent is CommandResult outer && outer.Children.FirstOrDefault(IsGiven) is { } own)
            result.AddError($"'{NameOf(own)}' before '{command.Name}' would do nothing: {beginning} comes first, and then its options.");

        static bool IsGiven(SymbolResult result) => result is ArgumentResult { Tokens.Count: > 0 } or OptionResult { Implicit: false };

        static string NameOf(SymbolResult result)
        {
            var values = string.Join(' ', result.Tokens.Select(token => token.Value));
            return result is OptionResult option ? $"{option.Option.Name} {values}".TrimEnd() : values;
        }
    });

    /// <summary>Whether an option is on the command line.</summary>
    public static bool IsGiven(SymbolResult result, Option option) => result.GetResult(option) is { Implicit: false };
}
