using System.Text.RegularExpressions;

namespace Afterimage.Configuration;

/// <summary>An identifier of a config: a regular expression that is searched in the names of sites. A pattern may be hostile, so matching ends.</summary>
internal static class IdentifierPattern
{
    // Names have some dozen characters; a pattern that takes this long on one would take for ever on another.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(2);

    /// <summary>Whether the pattern is found in a name.</summary>
    /// <exception cref="ArgumentException">It backtracks without end.</exception>
    public static bool IsIn(string name, string pattern)
    {
        try
        {
            return Compile(pattern).IsMatch(name);
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new ArgumentException(
                $"The identifier \"{pattern}\" takes more than {s_longest.TotalSeconds} s to search in \"{name}\": write it without repetitions in repetitions.",
                nameof(pattern), exception);
        }
    }

    /// <summary>The pattern, in time linear in what it searches; with a limit where it has what that does not do (lookarounds, backreferences).</summary>
    /// <exception cref="RegexParseException">It is no regular expression.</exception>
    public static Regex Compile(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (NotSupportedException)
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, s_longest);
        }
    }
}
