namespace Afterimage.Video.Formats;

/// <summary>A rectangle of a frame.</summary>
/// <param name="X">Its first column, an even one: WebP has numbers for no others.</param>
/// <param name="Y">Its first row, an even one.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
internal readonly record struct FramePart(int X, int Y, int Width, int Height)
{
    /// <summary>
    /// What a frame does not share with the one before, which viewers go on showing: all of the first frame, and a single pixel
    /// where nothing moves, since a frame has to have some.
    /// </summary>
    public static FramePart Changed(Film film, int index)
    {
        if (index == 0)
            return new(0, 0, film.Width, film.Height);
        var (left, top, right, bottom) = (film.Width, film.Height, 0, 0);
        for (var y = 0; y < film.Height; y++)
        {
            var row = Row(film, index, y);
            var before = Row(film, index - 1, y);
            var same = row.CommonPrefixLength(before);
            if (same == row.Length)
                continue;
            var last = row.Length - 1;
            while (row[last] == before[last])
                last--;
            (left, right) = (Math.Min(left, same / 3), Math.Max(right, last / 3 + 1));
            (top, bottom) = (Math.Min(top, y), y + 1);
        }
        (left, top) = (left & ~1, top & ~1);
        return right == 0 ? new(0, 0, 1, 1) : new(left, top, right - left, bottom - top);
    }

    private static ReadOnlySpan<byte> Row(Film film, int index, int y) => film.Frames[index].AsSpan(y * film.Width * 3, film.Width * 3);
}
