using System.Text;

namespace Afterimage.Models;

/// <summary>The composed form of a text, Unicode's NFC: a letter and its marks as one character where there is one. Source: Unicode Standard Annex 15.</summary>
internal static class UnicodeComposition
{
    // Hangul's syllables are their letters' numbers.
    private const int Syllables = 0xAC00, Leading = 0x1100, Vowels = 0x1161, Trailing = 0x11A7;
    private const int LeadingCount = 19, VowelCount = 21, TrailingCount = 28;

    private const char FirstMark = '\u0300';

    /// <summary>The composed form. Half of a surrogate pair becomes U+FFFD.</summary>
    public static string Compose(string text)
    {
        if (text.All(character => character < FirstMark))
            return text;
        var characters = new List<int>();
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, characters);
        OrderMarks(characters);
        return string.Concat(Join(characters).Select(character => new Rune(character)));
    }

    private static void Decompose(int character, List<int> into)
    {
        if (character is >= Syllables and < Syllables + LeadingCount * VowelCount * TrailingCount)
        {
            var syllable = character - Syllables;
            into.Add(Leading + syllable / (VowelCount * TrailingCount));
            into.Add(Vowels + syllable / TrailingCount % VowelCount);
            if (syllable % TrailingCount > 0)
                into.Add(Trailing + syllable % TrailingCount);
        }
        else if (CanonicalForms.PartsOf(character) is { } parts)
        {
            foreach (var part in parts)
                Decompose(part, into);
        }
        else
            into.Add(character);
    }

    /// <summary>Puts the marks after each letter in the order of their classes, those of one class as they came.</summary>
    private static void OrderMarks(List<int> characters)
    {
        for (var (start, end) = (0, 0); start < characters.Count; start = end + 1)
        {
            end = start;
            while (end < characters.Count && CanonicalForms.ClassOf(characters[end]) > 0)
                end++;
            if (end > start + 1)
            {
                int[] ordered = [.. characters[start..end].OrderBy(CanonicalForms.ClassOf)];
                for (var i = start; i < end; i++)
                    characters[i] = ordered[i - start];
            }
        }
    }

    private static List<int> Join(List<int> characters)
    {
        var joined = new List<int>();
        var (starter, lastClass) = (-1, 0); // of what came after the last one that is no mark
        foreach (var character in characters)
        {
            var own = CanonicalForms.ClassOf(character);
            var isBeside = starter == joined.Count - 1;
            if (starter >= 0 && (isBeside || (lastClass > 0 && lastClass < own)) && Composed(joined[starter], character) is { } composed)
            {
                joined[starter] = composed;
                continue;
            }
            lastClass = own;
            if (own == 0)
                starter = joined.Count;
            joined.Add(character);
        }
        return joined;
    }

    private static int? Composed(int first, int second)
    {
        if (first is >= Leading and < Leading + LeadingCount && second is >= Vowels and < Vowels + VowelCount)
            return Syllables + ((first - Leading) * VowelCount + second - Vowels) * TrailingCount;
        if (first is >= Syllables and < Syllables + LeadingCount * VowelCount * TrailingCount && (first - Syllables) % TrailingCount == 0
            && second is > Trailing and < Trailing + TrailingCount)
            return first + second - Trailing;
        return CanonicalForms.Composed(first, second);
    }
}
