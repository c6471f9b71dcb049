namespace Afterimage.Video.Formats;

/// <summary>Floyd and Steinberg's: what a pixel lacks of its colour, the pixels to the right and below get.</summary>
internal static class Dithering
{
    private const int Channels = 3;

    /// <summary>The numbers of a part's colours in a palette, row by row.</summary>
    public static byte[] Of(Film film, int index, FramePart part, ColorPalette palette)
    {
        var frame = film.Frames[index];
        var numbers = new byte[part.Width * part.Height];
        // One pixel wider on each side, so that errors may leave the part. In sixteenths.
        var (errors, below) = (new int[(part.Width + 2) * Channels], new int[(part.Width + 2) * Channels]);
        Span<byte> wanted = stackalloc byte[Channels];
        for (var y = 0; y < part.Height; y++)
        {
            for (var x = 0; x < part.Width; x++)
            {
                var source = ((part.Y + y) * film.Width + part.X + x) * Channels;
                var here = (x + 1) * Channels;
                for (var channel = 0; channel < Channels; channel++)
                    wanted[channel] = (byte)Math.Clamp(frame[source + channel] + (errors[here + channel] + 8 >> 4), 0, 255);
                var number = palette.Nearest(wanted[0], wanted[1], wanted[2]);
                numbers[y * part.Width + x] = number;
                for (var channel = 0; channel < Channels; channel++)
                {
                    var error = wanted[channel] - palette.Bytes[number * Channels + channel];
                    errors[here + Channels + channel] += error * 7;
                    below[here - Channels + channel] += error * 3;
                    below[here + channel] += error * 5;
                    below[here + Channels + channel] += error;
                }
            }
            (errors, below) = (below, errors);
            Array.Clear(below);
        }
        return numbers;
    }
}
