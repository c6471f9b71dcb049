using System.Text;

namespace Afterimage.Models.Tests;

/// <summary>Spoils a well-formed safetensors header, the same way for the same seed.</summary>
internal sealed class HeaderMutator(int seed)
{
    private static readonly byte[] Alphabet = Encoding.ASCII.GetBytes("{}[],:\"\\-+.eE0123456789 \n\tntfu_\0\x7f");

    private static readonly byte[][] Numbers = Utf8(
        "-1", "-0", "0", "1.5", "1e3", "1e400", "-1e-400", "9223372036854775807", "9223372036854775808", "4611686018427387904",
        "18446744073709551616", "99999999999999999999999999999999", "-9223372036854775808", "0x10", "00", "NaN", "\"8\"");

    private static readonly byte[][] Values = Utf8(
        "null", "true", "{}", "[]", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "\"__metadata__\"", "\"dtype\"", "\"shape\"", "\"F8_E4M3\"",
        "\"F64\"", "[0, 4611686018427387904, 4]", "[4611686018427387904, 4]", "[4, 0]", "{\"dtype\": {\"dtype\": []}}",
        "[" + string.Join(",", Enumerable.Repeat("1", 100)) + "]", new string('[', 200), "\"" + new string('x', 300) + "\"");

    private readonly Random _random = new(seed);

    /// <summary>A header and the length of its file, well-formed or not.</summary>
    public (byte[] Json, long FileLength) Next((byte[] Json, int DataBytes)[] wellFormed)
    {
        var (json, dataBytes) = wellFormed[_random.Next(wellFormed.Length)];
        for (var count = _random.Next(1, 5); count > 0; count--)
            json = Mutate(json);
        long length = SafetensorsHeader.Prefix + json.Length + dataBytes;
        return (json, _random.Next(8) switch
        {
            0 => length + _random.Next(-4, 5),
            1 => long.MaxValue - _random.Next(2),
            _ => length,
        });
    }

    private byte[] Mutate(byte[] json)
    {
        var at = _random.Next(json.Length + 1);
        var length = Math.Min(_random.Next(1, 12), json.Length - at);
        switch (_random.Next(9))
        {
            case 0:
                return Replace(json, at, Math.Min(1, json.Length - at), at == json.Length ? [] : [(byte)(json[at] ^ 1 << _random.Next(8))]);
            case 1:
                return Replace(json, at, 0, [(byte)_random.Next(256)]);
            case 2:
                return Replace(json, at, 0, [Alphabet[_random.Next(Alphabet.Length)]]);
            case 3:
                return Replace(json, at, length, []);
            case 4: // a slice again somewhere: keys twice, objects within objects
                return Replace(json, at, 0, json.AsSpan(_random.Next(json.Length - length + 1), length));
            case 5 when _random.Next(8) == 0:
                return json[..at];
            case 6: // a whole number becomes another
                return ReplaceRun(json, at, char.IsAsciiDigit, Numbers[_random.Next(Numbers.Length)]);
            case 7: // a string becomes something else
                return ReplaceRun(json, at, c => c is '"' or '_' || char.IsAsciiLetterOrDigit(c), Values[_random.Next(Values.Length)]);
            default: // an entry, an array or a key becomes another one of the same header
                return Exchange(json, at);
        }
    }

    /// <summary>Replaces the first run of some characters from <paramref name="at"/> on.</summary>
    private static byte[] ReplaceRun(byte[] json, int at, Func<char, bool> belongs, byte[] replacement)
    {
        while (at < json.Length && !belongs((char)json[at]))
            at++;
        var end = at;
        while (end < json.Length && belongs((char)json[end]))
            end++;
        return Replace(json, at, end - at, replacement);
    }

    private byte[] Exchange(byte[] json, int at)
    {
        var (start, length) = Bracketed(json, at);
        var (otherStart, otherLength) = Bracketed(json, _random.Next(json.Length + 1));
        return Replace(json, start, length, json.AsSpan(otherStart, otherLength));
    }

    /// <summary>From the first opening bracket or quotation mark at or after a place to the first closing one behind it.</summary>
    private static (int Start, int Length) Bracketed(byte[] json, int at)
    {
        var start = json.AsSpan(at).IndexOfAny("{[\""u8);
        if (start < 0)
            return (at, 0);
        start += at;
        var end = json.AsSpan(start + 1).IndexOfAny("}]\""u8);
        return (start, end < 0 ? 1 : end + 2);
    }

    private static byte[] Replace(byte[] json, int at, int length, ReadOnlySpan<byte> replacement) =>
        [.. json.AsSpan(0, at), .. replacement, .. json.AsSpan(at + length)];

    private static byte[][] Utf8(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
