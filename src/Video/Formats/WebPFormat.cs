using System.Buffers.Binary;
using SkiaSharp;

namespace Afterimage.Video.Formats;

/// <summary>Animated WebP: pictures that Skia encodes, in the container that WebP's specification describes (RIFF, VP8X, ANIM, ANMF).</summary>
internal sealed class WebPFormat()
    // Browsers take delays below 11 thousandths of a second for 100.
    : AnimationFormat("WebP", ticksPerSecond: 1000, fastest: 90, longestSide: 16_383)
{
    private const int Quality = 95;
    private const byte IsAnimated = 1 << 1;
    private const byte ReplacesPixels = 1 << 1;

    /// <summary>A frame of one colour has no bits for its pixels.</summary>
    public override long LeastBytes(long frames, long width, long height)
    {
        const int Around = 12 + 18 + 14; // RIFF, VP8X, ANIM
        const int AroundAFrame = 8 + 16 + 8; // ANMF, its place and time, the header of what it holds
        return Around + frames * AroundAFrame;
    }

    protected override void Write(Film film, Stream target, Action<int> onFrame)
    {
        var frames = new List<byte[]>(film.FrameCount);
        for (var i = 0; i < film.FrameCount; i++)
        {
            frames.Add(Frame(film, i));
            onFrame(i);
        }
        byte[] header = [.. Chunk("VP8X", [IsAnimated, 0, 0, 0, .. Three(film.Width - 1), .. Three(film.Height - 1)]), .. Chunk("ANIM", new byte[6])];
        var length = 4 + header.Length + frames.Sum(frame => (long)frame.Length);
        if (length > uint.MaxValue)
            throw new IOException($"The film would have {length} bytes, and WebP holds {uint.MaxValue} at most: make it shorter, or write .mp4.");
        target.Write([.. "RIFF"u8, .. Four(length), .. "WEBP"u8, .. header]);
        foreach (var frame in frames)
            target.Write(frame);
    }

    private byte[] Frame(Film film, int index)
    {
        var part = FramePart.Changed(film, index);
        using var bitmap = FramePixels.Of(film, index);
        using var whole = bitmap.PeekPixels();
        using var pixels = whole.ExtractSubset(SKRectI.Create(part.X, part.Y, part.Width, part.Height))!;
        // Even colours and sharp lines are smaller without loss, and then have none.
        var (lossy, exact) = (Encode(pixels, SKWebpEncoderCompression.Lossy, Quality), Encode(pixels, SKWebpEncoderCompression.Lossless, 50));
        return Chunk("ANMF",
        [
            .. Three(part.X / 2), .. Three(part.Y / 2), .. Three(part.Width - 1), .. Three(part.Height - 1),
            .. Three(TicksOf(film, index)), ReplacesPixels,
            .. exact.Length <= lossy.Length ? exact : lossy,
        ]);
    }

    /// <summary>The chunk with the picture's bits, without the file around it.</summary>
    private static byte[] Encode(SKPixmap pixels, SKWebpEncoderCompression compression, float quality)
    {
        using var file = pixels.Encode(new SKWebpEncoderOptions(compression, quality))
            ?? throw new InvalidOperationException($"Skia did not encode a picture of {pixels.Width} × {pixels.Height} pixels as WebP.");
        return file.AsSpan()[12..].ToArray();
    }

    private static byte[] Chunk(string name, ReadOnlySpan<byte> content) =>
        [.. System.Text.Encoding.ASCII.GetBytes(name), .. Four(content.Length), .. content, .. new byte[content.Length % 2]];

    private static byte[] Three(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];

    private static byte[] Four(long value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)value);
        return bytes;
    }
}
