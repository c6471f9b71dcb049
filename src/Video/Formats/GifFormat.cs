namespace Afterimage.Video.Formats;

/// <summary>Animated GIF (89a), with one palette for all frames: one per frame would flicker.</summary>
internal sealed class GifFormat()
    // Viewers take delays below 2 hundredths of a second for 10.
    : AnimationFormat("GIF", ticksPerSecond: 100, fastest: 50, longestSide: 65_535)
{
    private const byte HasPaletteOf256 = 0x80 | 0x70 | 0x07;
    private const byte StaysVisible = 1 << 2;

    /// <summary>A code of at least 9 bits stands for at most as many pixels as there are codes. Later frames may change one pixel only.</summary>
    public override long LeastBytes(long frames, long width, long height)
    {
        const int Around = 13 + 768 + 19 + 1; // the header, the palette, the loop, the trailer
        const int AroundAFrame = 8 + 10 + 1 + 1 + 1 + 1; // its time, its place, the size of codes, a block with its length, the end of blocks
        return Around + frames * AroundAFrame + width * height / GifCompression.MostCodes * 9 / 8;
    }

    protected override void Write(Film film, Stream target, Action<int> onFrame)
    {
        var palette = ColorPalette.Of(film);
        target.Write([.. "GIF89a"u8, .. Two(film.Width), .. Two(film.Height), HasPaletteOf256, 0, 0, .. palette.Bytes]);
        // Repeats for ever.
        target.Write([0x21, 0xFF, 11, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0]);
        for (var i = 0; i < film.FrameCount; i++)
        {
            var part = FramePart.Changed(film, i);
            target.Write([0x21, 0xF9, 4, StaysVisible, .. Two(TicksOf(film, i)), 0, 0]);
            target.Write([0x2C, .. Two(part.X), .. Two(part.Y), .. Two(part.Width), .. Two(part.Height), 0]);
            GifCompression.Write(target, Dithering.Of(film, i, part, palette));
            onFrame(i);
        }
        target.WriteByte(0x3B);
    }

    private static byte[] Two(int value) => [(byte)value, (byte)(value >> 8)];
}
