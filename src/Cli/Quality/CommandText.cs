using System.CommandLine;

namespace Afterimage.Cli.Quality;

/// <summary>A command line, to be repeated.</summary>
internal static class CommandText
{
    public static string Of(ParseResult arguments) => $"afterimage {string.Join(' ', arguments.Tokens.Select(token => Quoted(token.Value)))}";

    private static string Quoted(string word) =>
        word.Length > 0 && word.All(letter => char.IsLetterOrDigit(letter) || "-_./\\:=,+%".Contains(letter, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
