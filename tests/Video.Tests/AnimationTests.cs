using ImageMagick;
using TorchSharp;

namespace Afterimage.Video.Tests;

[TestClass]
public class AnimationTests
{
    [TestMethod]
    [DataRow("film.webp", 2.0)]
    [DataRow("film.gif", 16.0)] // 256 colours for five frames
    [DataRow("FILM.GIF", 16.0)]
    public void Save_Animation_ReadsBack(string name, double tolerance)
    {
        using var folder = new ScratchFolder();
        var film = Films.GradientFilm(frames: 5, height: 33, width: 65);
        film.Save(folder[name]);

        CollectionAssert.AreEqual(new[] { name }, folder.Entries.ToArray());
        using var frames = Read(folder[name]);
        Assert.HasCount(5, frames);
        for (var i = 0; i < 5; i++)
        {
            Assert.AreEqual((65u, 33u), (frames[i].Width, frames[i].Height));
            var pixels = frames[i].GetPixels().ToByteArray(PixelMapping.RGB)!;
            Assert.IsLessThan(tolerance, Films.Distance(film[i], pixels), $"frame {i}");
            // Dithering moves pixels, not the whole.
            foreach (var (color, expected) in Films.MeanColor(pixels).Zip(Films.MeanColor(film[i].ToArray())))
                Assert.AreEqual(expected, color, 2.5, $"frame {i}");
        }
        Assert.AreEqual(0u, frames[0].AnimationIterations, "repeats for ever");
    }

    /// <summary>Even what compresses best: a film of one colour.</summary>
    [TestMethod]
    [DataRow("film.webp", 1, 16, 16)]
    [DataRow("film.webp", 40, 16, 16)]
    [DataRow("film.webp", 3, 480, 720)]
    [DataRow("film.gif", 1, 16, 16)]
    [DataRow("film.gif", 40, 16, 16)]
    [DataRow("film.gif", 3, 480, 720)]
    [DataRow("%d.png", 1, 16, 16)]
    [DataRow("%d.png", 40, 16, 16)]
    [DataRow("%d.png", 3, 480, 720)]
    public void LeastBytes_OfAnyFilm_AreNotMoreThanItTakes(string name, int frames, int height, int width)
    {
        using var folder = new ScratchFolder();
        using var even = TensorArithmetic.Full([frames, 3, height, width], 0.5);
        new Film(even, 8).Save(folder[name]);
        var least = Film.LeastBytes(folder[name], frames, width, height);
        Assert.IsInRange(1, folder.Entries.Sum(entry => new FileInfo(folder[entry]).Length), least);
        // And not so few that they say nothing.
        Assert.IsGreaterThan(20 * frames, least);
    }

    [TestMethod]
    [DataRow(8.0, new uint[] { 12, 13, 13, 12 })] // 12.5, 25, 37.5 and 50 hundredths, rounded to even
    [DataRow(50.0, new uint[] { 2, 2, 2, 2 })]
    public void Save_Gif_KeepsItsLength(double framesPerSecond, uint[] hundredths)
    {
        using var folder = new ScratchFolder();
        Films.GradientFilm(frames: 4, height: 16, width: 16, framesPerSecond).Save(folder["film.gif"]);
        using var frames = Read(folder["film.gif"]);
        CollectionAssert.AreEqual(hundredths, frames.Select(frame => frame.AnimationDelay).ToArray());
        Assert.AreEqual(100, frames[0].AnimationTicksPerSecond);
    }

    [TestMethod]
    [DataRow(8.0, new[] { 125, 125, 125, 125 })]
    [DataRow(30.0, new[] { 33, 34, 33, 33 })]
    public void Save_WebP_KeepsItsLength(double framesPerSecond, int[] milliseconds)
    {
        using var folder = new ScratchFolder();
        Films.GradientFilm(frames: 4, height: 16, width: 16, framesPerSecond).Save(folder["film.webp"]);
        CollectionAssert.AreEqual(milliseconds, WebPDurations(folder["film.webp"]));
    }

    [TestMethod]
    // Which frame each one equals: A is the first, B another, and so on.
    [DataRow("AAAAAAAAAA", 8.0)]
    [DataRow("A", 8.0)]
    [DataRow("AA", 23.976)]
    [DataRow("AAAB", 23.976)]
    [DataRow("ABBB", 30.0)]
    [DataRow("ABBBCC", 12.5)]
    [DataRow("ABCCCCCCCCCCCCCCCCCCCCCCC", 29.97)]
    [DataRow("AAAAAA", 0.01)]
    [DataRow("ABAB", 90.0)]
    public void Save_EqualNeighbours_KeepTheFilmsTime(string frames, double framesPerSecond)
    {
        using var folder = new ScratchFolder();
        var film = Films.Of(frames, 16, 16, framesPerSecond);
        film.Save(folder["film.webp"]);
        var durations = WebPDurations(folder["film.webp"]);
        Assert.AreEqual(Math.Round(1000 * frames.Length / framesPerSecond), durations.Sum(), $"{string.Join(", ", durations)} ms");
        Assert.IsGreaterThanOrEqualTo(Math.Min(2, frames.Length), durations.Length, "one frame is taken for a picture");
        using (var read = Read(folder["film.webp"]))
        {
            foreach (var (index, frame) in new[] { (0, read[0]), (film.FrameCount - 1, read[^1]) })
                Assert.IsLessThan(4.0, Films.Distance(film[index], frame.GetPixels().ToByteArray(PixelMapping.RGB)!));
        }

        if (framesPerSecond > 50)
            return;
        film.Save(folder["film.gif"]);
        using var gif = Read(folder["film.gif"]);
        Assert.AreEqual(Math.Round(100 * frames.Length / framesPerSecond), gif.Sum(frame => (double)frame.AnimationDelay));
        film.Save(folder["%d.png"]);
        Assert.HasCount(frames.Length + 2, folder.Entries);
    }

    [TestMethod]
    [DataRow("still.webp")]
    [DataRow("still.gif")]
    public void Save_FilmInWhichNothingMoves_KeepsItsLength(string name)
    {
        using var folder = new ScratchFolder();
        using var still = Films.Gradient(frames: 1, height: 16, width: 24);
        using var frames = still.expand(10, 3, 16, 24);
        new Film(frames, framesPerSecond: 10).Save(folder[name]);
        using var read = Read(folder[name]);
        Assert.AreEqual(1.0, read.Sum(frame => (double)frame.AnimationDelay / frame.AnimationTicksPerSecond), 1e-9);
        Assert.IsLessThan(name == "still.gif" ? 16.0 : 2.0, Films.Distance(new Film(still, 10)[0], read[^1].GetPixels().ToByteArray(PixelMapping.RGB)!));
    }

    [TestMethod]
    [DataRow("moving.webp")]
    [DataRow("moving.gif")]
    public void Save_SquareOnEvenGround_IsExactWhereverItMoves(string name)
    {
        using var folder = new ScratchFolder();
        using var frames = TorchSharp.torch.zeros(12, 3, 31, 47);
        for (var i = 0; i < 12; i++)
            frames[i, 0, (2 * i + 1)..(2 * i + 8), (3 * i)..(3 * i + 7)] = TorchSharp.torch.ones(7, 7);
        var film = new Film(frames, framesPerSecond: 8);
        film.Save(folder[name]);
        using var read = Read(folder[name]);
        Assert.HasCount(12, read);
        for (var i = 0; i < 12; i++)
            CollectionAssert.AreEqual(film[i].ToArray(), read[i].GetPixels().ToByteArray(PixelMapping.RGB), $"frame {i}");
    }

    [TestMethod]
    public void Save_GifOfNoise_IsReadWhole()
    {
        // Every length of code, and a table that is full many times.
        using var folder = new ScratchFolder();
        TorchSharp.torch.random.manual_seed(1);
        using var frames = TorchSharp.torch.rand(2, 3, 120, 130);
        var film = new Film(frames, framesPerSecond: 8);
        film.Save(folder["film.gif"]);
        using var read = Read(folder["film.gif"]);
        for (var i = 0; i < 2; i++)
            Assert.IsLessThan(24.0, Films.Distance(film[i], read[i].GetPixels().ToByteArray(PixelMapping.RGB)!), $"frame {i}");
    }

    [TestMethod]
    [DataRow("one.webp")]
    [DataRow("one.gif")]
    public void Save_OneFrameOfOnePixel_IsAPicture(string name)
    {
        using var folder = new ScratchFolder();
        Films.GradientFilm(frames: 1, height: 1, width: 1).Save(folder[name]);
        using var frames = Read(folder[name]);
        Assert.HasCount(1, frames);
        Assert.AreEqual((1u, 1u), (frames[0].Width, frames[0].Height));
    }

    [TestMethod]
    public void Save_Gif_HasOnePaletteForAllFrames()
    {
        using var folder = new ScratchFolder();
        Films.GradientFilm(frames: 6, height: 48, width: 48).Save(folder["film.gif"]);
        using var frames = Read(folder["film.gif"]);
        var colors = frames.SelectMany(frame => frame.GetPixels().ToByteArray(PixelMapping.RGB)!.Chunk(3))
            .Select(color => (color[0], color[1], color[2])).Distinct().Count();
        Assert.IsInRange(100, 256, colors);
    }

    [TestMethod]
    public void Save_Pictures_AreNumberedAndExact()
    {
        using var folder = new ScratchFolder();
        var film = Films.GradientFilm(frames: 11, height: 5, width: 7);
        film.Save(folder["frame-%04d.png"]);
        CollectionAssert.AreEqual(Enumerable.Range(0, 11).Select(i => $"frame-{i:D4}.png").ToArray(), folder.Entries.ToArray());
        for (var i = 0; i < 11; i++)
        {
            using var picture = new MagickImage(folder[$"frame-{i:D4}.png"]);
            CollectionAssert.AreEqual(film[i].ToArray(), picture.GetPixels().ToByteArray(PixelMapping.RGB));
        }
    }

    [TestMethod]
    public void Save_PatternWithoutWidth_CountsPlainly()
    {
        using var folder = new ScratchFolder();
        Films.GradientFilm(frames: 2, height: 4, width: 4).Save(folder["%d.png"]);
        CollectionAssert.AreEqual(new[] { "0.png", "1.png" }, folder.Entries.ToArray());
    }

    /// <summary>In milliseconds: Magick would round to hundredths.</summary>
    private static int[] WebPDurations(string path)
    {
        // A frame's chunk: ANMF, a length, four fields of 3 bytes, and 3 bytes of duration.
        var bytes = File.ReadAllBytes(path);
        return
        [
            .. Enumerable.Range(0, bytes.Length - 24)
                .Where(i => bytes.AsSpan(i, 4).SequenceEqual("ANMF"u8))
                .Select(i => bytes[i + 20] | bytes[i + 21] << 8 | bytes[i + 22] << 16),
        ];
    }

    private static MagickImageCollection Read(string path)
    {
        // By content: the name may be in capitals.
        var frames = new MagickImageCollection(File.ReadAllBytes(path));
        frames.Coalesce();
        return frames;
    }
}
