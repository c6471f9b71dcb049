using System.Text.RegularExpressions;

namespace Afterimage.Configuration;

/// <summary>An identifier of a config: a regular expression that is searched in the names of sites. A pattern may be hostile, so matching ends.</summary>
internal static class IdentifierPattern
{
    // Names have some dozen characters; a pattern that takes this long on one would take for ever on another.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(2);

    /// <summary>Whether the pattern is found in a name.</summary>
    /// <exception cref="ArgumentException">It backtracks without end.</exception>
    /// <exception cref="RegexParseException">It is no regular expression.</exception>
    public static bool IsIn(string name, string pattern)
    {
        try
        {
            return IsMatch(name, pattern);
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new ArgumentException(
                $"The identifier \"{pattern}\" takes more than {s_longest.TotalSeconds} s to search in \"{name}\": write it without repetitions in repetitions.",
                nameof(pattern), exception);
        }
    }

    /// <summary>Whether the pattern is the whole name, as Python's <c>re.fullmatch</c> has it.</summary>
    /// <inheritdoc cref="IsIn" path="/exception"/>
    public static bool IsWhole(string name, string pattern) => IsIn(name, $@"\A(?:{pattern})\z");

    /// <summary>In time linear in the name; with a limit where the pattern has what that does not do (lookarounds, backreferences). .NET keeps the last ones compiled.</summary>
    private static bool IsMatch(string name, string pattern)
    {
        try
        {
            return Regex.IsMatch(name, pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (NotSupportedException)
        {
            return Regex.IsMatch(name, pattern, RegexOptions.CultureInvariant, s_longest);
        }
    }
}
