namespace Afterimage.Video;

/// <summary>Films, or pictures, in rows and columns, so that all can be seen at once.</summary>
public static class FilmGrid
{
    /// <summary>
    /// Puts films into a grid whose numbers of rows and columns are as near to each other as they can be, columns the more: row by row from
    /// the top left, without gaps, and black where there are none left.
    /// </summary>
    /// <param name="films">Films of one size, number of frames and rate.</param>
    /// <exception cref="ArgumentException">There is none, they differ, or the grid would be larger than an array is long.</exception>
    public static Film Compose(IReadOnlyList<Film> films)
    {
        ArgumentNullException.ThrowIfNull(films);
        if (films.Count == 0)
            throw new ArgumentException("A grid is of one film at least, got none.", nameof(films));
        foreach (var film in films)
            films[0].RequireAlike(film, nameof(films));
        var (rows, columns) = Form(films.Count);
        var (width, height) = ((long)columns * films[0].Width, (long)rows * films[0].Height);
        if (3.0 * width * height > Array.MaxLength)
            throw new ArgumentException($"A grid of {rows} × {columns} such films would have {width} × {height} pixels, which are more than an array holds.", nameof(films));
        var frames = new byte[films[0].FrameCount][];
        for (var i = 0; i < frames.Length; i++)
        {
            frames[i] = new byte[3 * width * height];
            for (var place = 0; place < films.Count; place++)
                Copy(films[place], i, frames[i], place / columns, place % columns, columns);
        }
        return new Film(frames, (int)width, (int)height, films[0].FramesPerSecond);
    }

    /// <summary>The rows and columns of so many films.</summary>
    internal static (int Rows, int Columns) Form(int films)
    {
        var columns = (int)Math.Ceiling(Math.Sqrt(films));
        return ((films + columns - 1) / columns, columns);
    }

    private static void Copy(Film film, int frame, byte[] grid, int row, int column, int columns)
    {
        var width = 3 * film.Width;
        for (var y = 0; y < film.Height; y++)
            film.Frames[frame].AsSpan(y * width, width).CopyTo(grid.AsSpan(((row * film.Height + y) * columns + column) * width));
    }
}
