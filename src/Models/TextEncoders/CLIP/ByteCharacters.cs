using System.Text;

namespace Afterimage.Models;

/// <summary>
/// The characters that byte-level vocabularies write bytes as: printable ones as themselves, the others as those from U+0100 on.
/// Source: transformers <c>models/gpt2/tokenization_gpt2.py</c> (bytes_to_unicode).
/// </summary>
internal static class ByteCharacters
{
    private static readonly char[] s_characters = Characters();
    private static readonly Dictionary<char, byte> s_bytes = s_characters.Index().ToDictionary(item => item.Item, item => (byte)item.Index);

    /// <summary>The character of a byte.</summary>
    public static char Of(byte value) => s_characters[value];

    /// <summary>The bytes of a token. A character that stands for no byte is its own bytes in UTF-8.</summary>
    public static IEnumerable<byte> BytesOf(string token) =>
        token.EnumerateRunes().SelectMany(rune => rune.IsBmp && s_bytes.TryGetValue((char)rune.Value, out var value) ? new[] { value } : Encoding.UTF8.GetBytes(rune.ToString()));

    private static char[] Characters()
    {
        var characters = new char[256];
        var next = (char)0x100;
        for (var value = 0; value < characters.Length; value++)
            characters[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)value : next++;
        return characters;
    }
}
