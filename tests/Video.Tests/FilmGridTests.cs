namespace Afterimage.Video.Tests;

[TestClass]
public sealed class FilmGridTests
{
    [TestMethod]
    [DataRow(1, 1, 1)]
    [DataRow(2, 1, 2)]
    [DataRow(3, 2, 2)]
    [DataRow(4, 2, 2)]
    [DataRow(5, 2, 3)]
    [DataRow(7, 3, 3)]
    [DataRow(12, 3, 4)]
    public void Compose_SomeFilms_AreInRowsAndColumns(int count, int rows, int columns)
    {
        const int Height = 5, Width = 3;
        Film[] films = [.. Enumerable.Range(0, count).Select(i => Films.Of($"{(char)('A' + i)}{(char)('B' + i)}", Height, Width, framesPerSecond: 12))];
        var grid = FilmGrid.Compose(films);
        Assert.AreEqual((columns * Width, rows * Height, 2, 12.0), (grid.Width, grid.Height, grid.FrameCount, grid.FramesPerSecond));
        for (var frame = 0; frame < 2; frame++)
        {
            for (var place = 0; place < rows * columns; place++)
            {
                for (var y = 0; y < Height; y++)
                {
                    var row = grid[frame].Slice(3 * ((place / columns * Height + y) * columns + place % columns) * Width, 3 * Width);
                    var expected = place < count ? films[place][frame].Slice(3 * y * Width, 3 * Width).ToArray() : new byte[3 * Width];
                    CollectionAssert.AreEqual(expected, row.ToArray(), $"frame {frame}, place {place}, row {y}");
                }
            }
        }
    }

    [TestMethod]
    public void Compose_FilmsThatDiffer_SaysHow()
    {
        var exception = Assert.ThrowsExactly<ArgumentException>(() => FilmGrid.Compose([Films.GradientFilm(2, 4, 4), Films.GradientFilm(3, 4, 4)]));
        Assert.Contains("2 frames of 4 × 4 at 8 a second and 3 frames", exception.Message);
        Assert.ThrowsExactly<ArgumentException>(() => FilmGrid.Compose([]));
    }
}
