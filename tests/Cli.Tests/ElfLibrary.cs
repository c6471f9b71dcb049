using System.Runtime.InteropServices;
using System.Text;

namespace Afterimage.Cli.Tests;

/// <summary>A shared library for Linux that exports one function, which returns one number. It stands for a libtorch of any version.</summary>
internal static class ElfLibrary
{
    private const int HeaderSize = 64, SegmentSize = 56, SymbolSize = 24, DynamicSize = 16, Segments = 3, Entries = 6;

    // One after the other in the file, which is mapped as it is from address 0.
    private const int Dynamic = HeaderSize + Segments * SegmentSize;
    private const int Symbols = Dynamic + Entries * DynamicSize;
    private const int Hash = Symbols + 2 * SymbolSize;
    private const int Code = Hash + 24;
    private const int Names = Code + 16;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>Writes the library.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="function">The name of the function.</param>
    /// <param name="high">What it returns, in the highest 16 of 64 bits; the others are 0.</param>
    public static void Write(string path, string function, ushort high)
    {
        byte[] names = [0, .. Encoding.ASCII.GetBytes(function), 0];
        var size = (ulong)(Names + names.Length);
        using var file = new BinaryWriter(File.Create(path));

        // 64 bits, little-endian; a shared object for this processor with segments and no sections.
        file.Write([0x7f, .. "ELF"u8, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        file.Write((ushort)3);
        file.Write((ushort)(IsArm ? 0xB7 : 0x3E));
        file.Write(1u);
        Words(0, HeaderSize, 0);
        file.Write(0u);
        foreach (var half in (ushort[])[HeaderSize, SegmentSize, Segments, 64, 0, 0])
            file.Write(half);

        Segment(type: 1, flags: 7, 0, size, 0x1000); // PT_LOAD
        Segment(type: 2, flags: 6, Dynamic, Entries * DynamicSize, 8); // PT_DYNAMIC
        Segment(type: 0x6474e551, flags: 6, 0, 0, 16); // PT_GNU_STACK: no code on it

        Words(4, Hash, 5, Names, 6, Symbols, 10, (ulong)names.Length, 11, SymbolSize, 0, 0);

        Words(0, 0, 0);
        file.Write(1u);
        file.Write([0x12, 0, 1, 0]); // a global function, in some section
        Words(Code, 16);

        foreach (var word in (uint[])[1, 2, 1, 0, 0, 0]) // one chain, of the one symbol
            file.Write(word);
        file.Write(ReturnOf(high));
        file.Write(names);

        void Segment(uint type, uint flags, ulong offset, ulong length, ulong alignment)
        {
            file.Write(type);
            file.Write(flags);
            Words(offset, offset, offset, length, length, alignment);
        }

        void Words(params ReadOnlySpan<ulong> words)
        {
            foreach (var word in words)
                file.Write(word);
        }
    }

    // mov rax, number; ret. Or movz x0, high, lsl 48; ret.
    private static byte[] ReturnOf(ushort high) => IsArm
        ? [.. BitConverter.GetBytes(0xD2E00000u | (uint)high << 5), .. BitConverter.GetBytes(0xD65F03C0u), .. new byte[8]]
        : [0x48, 0xB8, .. BitConverter.GetBytes((ulong)high << 48), 0xC3, .. new byte[5]];
}
