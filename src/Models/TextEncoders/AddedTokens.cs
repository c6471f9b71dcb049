using System.Text.RegularExpressions;

namespace Afterimage.Models;

/// <summary>
/// Tokens that a vocabulary has not, or never finds in a text: <c>&lt;extra_id_0&gt;</c>, <c>&lt;/s&gt;</c>. They are taken out of a
/// text before it is cut. Source: transformers <c>tokenization_utils.py</c>.
/// </summary>
internal sealed class AddedTokens
{
    private readonly IReadOnlyDictionary<string, int> _ids;
    private readonly bool _takesBlanks;
    private readonly Regex _anyOf;

    /// <param name="ids">The tokens, one at least and none of them empty.</param>
    /// <param name="takesBlanks">Whether blanks beside one of them belong to it.</param>
    public AddedTokens(IReadOnlyDictionary<string, int> ids, bool takesBlanks)
    {
        (_ids, _takesBlanks) = (ids, takesBlanks);
        var longestFirst = ids.Keys.OrderByDescending(token => token.Length).Select(Regex.Escape);
        _anyOf = new Regex(string.Join('|', longestFirst), RegexOptions.CultureInvariant);
    }

    /// <summary>One more than the highest id.</summary>
    public int Count => _ids.Values.Max() + 1;

    /// <summary>Cuts a text into added tokens, as their ids, and the text between them.</summary>
    public IEnumerable<(int? Id, string Text)> Split(string text)
    {
        var start = 0;
        foreach (Match match in _anyOf.Matches(text))
        {
            if (Between(start, match.Index) is { Length: > 0 } before)
                yield return (null, before);
            yield return (_ids[match.Value], match.Value);
            start = match.Index + match.Length;
        }
        if (Between(start, text.Length) is { Length: > 0 } rest)
            yield return (null, rest);

        string Between(int from, int to)
        {
            var part = text.AsSpan(from, to - from);
            if (_takesBlanks && from > 0)
                part = part.TrimStart();
            if (_takesBlanks && to < text.Length)
                part = part.TrimEnd();
            return part.ToString();
        }
    }

    /// <summary>The token of an id, or <see langword="null"/>.</summary>
    public string? TokenOf(int id) => _ids.FirstOrDefault(token => token.Value == id).Key;
}
