using System.Buffers.Binary;

namespace Afterimage.Video.Formats;

/// <summary>
/// Gives films in which nothing moves their time back: libwebp joins equal frames, and writes a picture without time where one frame is left.
/// </summary>
/// <remarks>Source: the WebP container specification (RFC 9649, section 2.7).</remarks>
internal static class WebPStill
{
    private const int HeaderLength = 12; // RIFF, a length, WEBP
    private const int ChunkHeaderLength = 8;
    private const byte IsAnimated = 2;
    private const byte DoesNotBlend = 2;
    private const long LongestFrame = 0xFFFFFF;

    /// <summary>The file as it is if it is animated; else an animation of its one picture.</summary>
    /// <param name="file">What libwebp wrote.</param>
    /// <param name="film">What it wrote it of.</param>
    /// <param name="milliseconds">How long the film is.</param>
    public static byte[] WithTime(byte[] file, Film film, long milliseconds)
    {
        var chunks = Chunks(file).ToList();
        if (chunks.Exists(chunk => Is(file, chunk, "ANIM"u8)))
            return file;
        // Two frames at least where the film has them: programs take one for a picture.
        var frames = Math.Max(Math.Min(2, film.FrameCount), (milliseconds + LongestFrame - 1) / LongestFrame);
        using var animation = new MemoryStream();
        animation.Write([.. "RIFF"u8, 0, 0, 0, 0, .. "WEBP"u8]);
        Write(animation, "VP8X"u8, [IsAnimated, 0, 0, 0, .. ThreeBytes(film.Width - 1), .. ThreeBytes(film.Height - 1)]);
        Write(animation, "ANIM"u8, [255, 255, 255, 255, 0, 0]); // a white ground, and for ever
        byte[] picture = [.. chunks.Where(chunk => Is(file, chunk, "VP8 "u8) || Is(file, chunk, "VP8L"u8)).SelectMany(chunk => file[chunk])];
        for (var i = 0L; i < frames; i++)
        {
            var duration = milliseconds * (i + 1) / frames - milliseconds * i / frames;
            Write(animation, "ANMF"u8, [0, 0, 0, 0, 0, 0, .. ThreeBytes(film.Width - 1), .. ThreeBytes(film.Height - 1), .. ThreeBytes(duration), DoesNotBlend, .. picture]);
        }
        var bytes = animation.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), (uint)(bytes.Length - ChunkHeaderLength));
        return bytes;
    }

    /// <summary>Where the chunks lie, with their headers and the byte that makes their length even.</summary>
    private static IEnumerable<Range> Chunks(byte[] file)
    {
        for (var start = HeaderLength; start + ChunkHeaderLength <= file.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(start + 4));
            var end = Math.Min(start + ChunkHeaderLength + length + length % 2, file.Length);
            yield return start..end;
            start = end;
        }
    }

    private static bool Is(byte[] file, Range chunk, ReadOnlySpan<byte> name) => file.AsSpan(chunk).StartsWith(name);

    private static void Write(MemoryStream stream, ReadOnlySpan<byte> name, byte[] content)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)content.Length);
        stream.Write(name);
        stream.Write(length);
        stream.Write(content);
        if (content.Length % 2 == 1)
            stream.WriteByte(0);
    }

    private static byte[] ThreeBytes(long value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];
}
