using System.Text.Json;

namespace Afterimage.Configuration;

/// <summary>Finds what a mistyped key may have meant.</summary>
internal static class NearestName
{
    public static JsonException Unknown(string key, string where, IReadOnlyList<string> known)
    {
        var nearest = known.OrderBy(name => Distance(key, name)).ThenBy(name => name, StringComparer.Ordinal).Take(3);
        return new JsonException($"\"{key}\" is no key of {where}. The nearest known ones: {string.Join(", ", nearest)}.");
    }

    /// <summary>The known name that a key is probably a misspelling of, or <see langword="null"/>.</summary>
    public static string? Meant(string key, IEnumerable<string> known) => known
        .Where(name => Distance(key, name) <= Math.Min(2, key.Length / 4))
        .OrderBy(name => Distance(key, name)).ThenBy(name => name, StringComparer.Ordinal).FirstOrDefault();

    /// <summary>How many characters have to be inserted, deleted or replaced (Levenshtein).</summary>
    private static int Distance(string from, string to)
    {
        var distances = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = distances[0];
            distances[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = distances[j];
                distances[j] = Math.Min(replaced, 1 + Math.Min(distances[j], distances[j - 1]));
            }
        }
        return distances[to.Length];
    }
}
