using System.Buffers.Binary;
using System.Text;

namespace Afterimage.Native;

/// <summary>Edits the symbol-version requirements (section <c>.gnu.version_r</c>) of a 64-bit little-endian ELF image.</summary>
internal static class ElfVersionNeeds
{
    private const uint VersionNeedSection = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort WeakFlag = 0x2; // VER_FLG_WEAK

    /// <summary>
    /// Marks the requirement of one version as weak, so that the dynamic linker warns instead of refusing when it is missing.
    /// Sound only where no relocation refers to a symbol of that version, as with <c>std::ios_base_library_init()</c>, which
    /// libstdc++ asks for to order initialisation and never calls.
    /// </summary>
    /// <returns>Whether the image asked for that version.</returns>
    public static bool TryMakeWeak(Span<byte> image, string version)
    {
        if (image.Length < 64 || !image[..6].SequenceEqual((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            return false;

        var sections = (int)BinaryPrimitives.ReadUInt64LittleEndian(image[40..]);
        var entrySize = BinaryPrimitives.ReadUInt16LittleEndian(image[58..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(image[60..]);
        for (var i = 0; i < count; i++)
        {
            var section = image[(sections + i * entrySize)..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) != VersionNeedSection)
                continue;
            var strings = image[(sections + (int)BinaryPrimitives.ReadUInt32LittleEndian(section[40..]) * entrySize)..];
            var table = image[Offset(section)..];
            return TryMakeWeak(table, image[Offset(strings)..], Encoding.ASCII.GetBytes(version + '\0'));
        }
        return false;
    }

    private static int Offset(ReadOnlySpan<byte> section) => (int)BinaryPrimitives.ReadUInt64LittleEndian(section[24..]);

    // Verneed: version, count, file, first entry, next (2 + 2 + 4 + 4 + 4 bytes); Vernaux: hash, flags, other, name, next (4 + 2 + 2 + 4 + 4).
    private static bool TryMakeWeak(Span<byte> table, ReadOnlySpan<byte> strings, ReadOnlySpan<byte> version)
    {
        for (var need = table; ; need = need[(int)BinaryPrimitives.ReadUInt32LittleEndian(need[12..])..])
        {
            var entry = need[(int)BinaryPrimitives.ReadUInt32LittleEndian(need[8..])..];
            for (var left = BinaryPrimitives.ReadUInt16LittleEndian(need[2..]); left > 0; left--)
            {
                var name = strings[(int)BinaryPrimitives.ReadUInt32LittleEndian(entry[8..])..];
                if (name.StartsWith(version))
                {
                    var flags = BinaryPrimitives.ReadUInt16LittleEndian(entry[4..]);
                    BinaryPrimitives.WriteUInt16LittleEndian(entry[4..], (ushort)(flags | WeakFlag));
                    return true;
                }
                entry = entry[(int)BinaryPrimitives.ReadUInt32LittleEndian(entry[12..])..];
            }
            if (BinaryPrimitives.ReadUInt32LittleEndian(need[12..]) == 0)
                return false;
        }
    }
}
