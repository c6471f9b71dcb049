namespace Afterimage.Video.Formats;

/// <summary>GIF's variant of Lempel–Ziv–Welch: codes of 9 to 12 bits, in blocks of 255 bytes.</summary>
internal static class GifCompression
{
    /// <summary>How many codes there are at a time.</summary>
    public const int MostCodes = 4096;

    private const int Clear = 256;
    private const int End = 257;

    /// <summary>Writes pixels as numbers of colours in a palette of 256.</summary>
    public static void Write(Stream target, ReadOnlySpan<byte> pixels)
    {
        var codes = new Dictionary<int, int>(MostCodes);
        var output = new BitBlocks(target);
        var (next, size) = (End + 1, 9);
        target.WriteByte(8);
        output.Write(Clear, size);
        int prefix = pixels[0];
        foreach (var pixel in pixels[1..])
        {
            var key = prefix << 8 | pixel;
            if (codes.TryGetValue(key, out var known))
            {
                prefix = known;
                continue;
            }
            output.Write(prefix, size);
            if (next == MostCodes)
            {
                output.Write(Clear, size);
                codes.Clear();
                (next, size) = (End + 1, 9);
            }
            else
            {
                codes[key] = next;
                size = SizeAfter(next++, size);
            }
            prefix = pixel;
        }
        output.Write(prefix, size);
        // A reader adds a code for what came last, too.
        output.Write(End, next == MostCodes ? size : SizeAfter(next, size));
        output.Finish();
    }

    private static int SizeAfter(int code, int size) => code == 1 << size ? size + 1 : size;

    private sealed class BitBlocks(Stream target)
    {
        private readonly byte[] _block = new byte[255];
        private int _length;
        private uint _bits;
        private int _count;

        public void Write(int code, int size)
        {
            _bits |= (uint)code << _count;
            for (_count += size; _count >= 8; _count -= 8, _bits >>= 8)
                Add((byte)_bits);
        }

        public void Finish()
        {
            if (_count > 0)
                Add((byte)_bits);
            WriteBlock();
            target.WriteByte(0);
        }

        private void Add(byte value)
        {
            _block[_length++] = value;
            if (_length == _block.Length)
                WriteBlock();
        }

        private void WriteBlock()
        {
            if (_length == 0)
                return;
            target.WriteByte((byte)_length);
            target.Write(_block, 0, _length);
            _length = 0;
        }
    }
}
