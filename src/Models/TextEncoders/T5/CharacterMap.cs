using System.Buffers.Binary;

namespace Afterimage.Models;

/// <summary>
/// What a SentencePiece model replaces characters by (<c>precompiled_charsmap</c>): a double-array trie of byte sequences, whose values
/// are places in a block of texts that end with a zero byte. Source: SentencePiece <c>normalizer.cc</c>, <c>darts.h</c>.
/// </summary>
internal sealed class CharacterMap
{
    private readonly uint[] _units;
    private readonly byte[] _texts;

    private CharacterMap(uint[] units, byte[] texts) => (_units, _texts) = (units, texts);

    /// <summary>Replaces nothing.</summary>
    public static CharacterMap Empty { get; } = new([], []);

    /// <summary>Reads a map.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static CharacterMap Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return Empty;
        if (bytes.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32LittleEndian(bytes) is var length
            && (length % sizeof(uint) != 0 || length >= bytes.Length - sizeof(uint)) || bytes[^1] != 0)
            throw new InvalidDataException("its table of replaced characters is broken");
        var trie = bytes.Slice(sizeof(uint), (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes));
        var units = new uint[trie.Length / sizeof(uint)];
        for (var i = 0; i < units.Length; i++)
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(trie[(i * sizeof(uint))..]);
        return new CharacterMap(units, bytes[(sizeof(uint) + trie.Length)..].ToArray());
    }

    /// <summary>The replacement of the longest sequence that <paramref name="text"/> begins with; 0 bytes are taken where there is none.</summary>
    public ReadOnlySpan<byte> Longest(ReadOnlySpan<byte> text, out int taken)
    {
        taken = 0;
        if (_units.Length == 0)
            return [];
        var value = 0u;
        var node = Offset(_units[0]);
        for (var i = 0; i < text.Length; i++)
        {
            node ^= text[i];
            var unit = Unit(node);
            if (Label(unit) != text[i])
                break;
            node ^= Offset(unit);
            if (HasValue(unit))
                (value, taken) = (Unit(node) & 0x7FFFFFFF, i + 1);
        }
        if (taken == 0)
            return [];
        if (value >= _texts.Length)
            throw Broken();
        var found = _texts.AsSpan((int)value);
        return found[..found.IndexOf((byte)0)];
    }

    private uint Unit(uint node) => node < _units.Length ? _units[node] : throw Broken();

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & (1 << 9)) >> 6);

    private static uint Label(uint unit) => unit & 0x800000FF;

    private static bool HasValue(uint unit) => (unit & (1 << 8)) != 0;

    private static InvalidDataException Broken() => new("the SentencePiece model's table of replaced characters leads out of itself");
}
