using System.Text;

namespace Afterimage.Models;

/// <summary>
/// The words of a text as CLIP takes it, composed and in lower case: letters, single digits, runs of other characters, and the
/// contractions of English. Source: transformers <c>models/clip/tokenization_clip.py</c>; it is what the normalizer and the
/// pre-tokenizer of the fast tokenizer do. Those of the older one, in place of which ftfy mends the text where it is installed, are not here.
/// </summary>
internal static class CLIPWords
{
    private static readonly Rune s_apostrophe = new('\'');
    private static readonly string[] s_contractions = ["s", "t", "re", "ve", "m", "ll", "d"];

    private enum Kind
    {
        Blank,
        Letter,
        Number,
        Other,
    }

    /// <summary>The words of a text, in UTF-8. Half of a surrogate pair is read as U+FFFD.</summary>
    public static IEnumerable<byte[]> Of(string text)
    {
        Rune[] runes = [.. UnicodeComposition.Compose(text).EnumerateRunes().SelectMany(Lower)];
        for (var (start, end) = (0, 0); start < runes.Length; start = end)
        {
            end = EndOf(runes, start);
            if (KindOf(runes[start]) != Kind.Blank)
                yield return Encoding.UTF8.GetBytes(string.Concat(runes[start..end]));
        }
    }

    private static int EndOf(Rune[] runes, int start)
    {
        var rest = runes.AsSpan(start + 1);
        if (runes[start] == s_apostrophe)
        {
            foreach (var contraction in s_contractions)
            {
                if (rest.Length >= contraction.Length && string.Concat(rest[..contraction.Length].ToArray()) == contraction)
                    return start + 1 + contraction.Length;
            }
        }

        var kind = KindOf(runes[start]);
        var end = start + 1;
        while (kind != Kind.Number && end < runes.Length && KindOf(runes[end]) == kind)
            end++;
        return end;
    }

    private static Kind KindOf(Rune rune) =>
        Rune.IsWhiteSpace(rune) ? Kind.Blank : Rune.IsLetter(rune) ? Kind.Letter : Rune.IsNumber(rune) ? Kind.Number : Kind.Other;

    /// <summary>The lower case of a character, whatever is beside it. Only İ becomes two.</summary>
    private static IEnumerable<Rune> Lower(Rune rune) =>
        rune.Value == 0x130 ? [new Rune('i'), new Rune(0x307)] : [Rune.ToLowerInvariant(rune)];
}
