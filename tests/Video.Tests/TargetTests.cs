using Afterimage.Video.Formats;

namespace Afterimage.Video.Tests;

[TestClass]
public class TargetTests
{
    [TestMethod]
    [DataRow("film.webp")]
    [DataRow("film.gif")]
    [DataRow("%03d.png")]
    public void CheckTarget_WhatCanBeWritten_LeavesNothing(string name)
    {
        using var folder = new ScratchFolder();
        Film.CheckTarget(folder[name], 8);
        Assert.IsEmpty(folder.Entries);
    }

    [TestMethod]
    [DataRow("film", ".mp4, .webp or .gif")]
    [DataRow("film.avi", ".mp4, .webp or .gif")]
    [DataRow("film.png", "%04d")]
    [DataRow("%d-%d.png", "%04d")]
    [DataRow("%s.png", "%04d")]
    [DataRow(".webp", "as in film.webp")]
    [DataRow(".mp4", "as in film.mp4")]
    public void CheckTarget_NoFormat_NamesThose(string name, string part)
    {
        using var folder = new ScratchFolder();
        var exception = Assert.ThrowsExactly<ArgumentException>(() => Film.CheckTarget(folder[name], 8));
        Assert.Contains(part, exception.Message);
        Assert.ThrowsExactly<ArgumentException>(() => Films.GradientFilm(2, 4, 4).Save(folder[name]));
        Assert.IsEmpty(folder.Entries);
    }

    [TestMethod]
    public void Save_OfOneFrame_NeedsNoPatternButMayHaveOne()
    {
        using var folder = new ScratchFolder();
        Film.CheckTarget(folder["picture.png"], 8, isPicture: true);
        Films.GradientFilm(1, 4, 4).Save(folder["picture.png"]);
        Films.GradientFilm(1, 4, 4).Save(folder["%02d.png"]);
        Assert.AreSequenceEqual((string[])["00.png", "picture.png"], folder.Entries);
        Assert.ThrowsExactly<ArgumentException>(() => Films.GradientFilm(1, 4, 4).Save(folder["%s.png"]));
        Assert.ThrowsExactly<ArgumentException>(() => Films.GradientFilm(1, 4, 4).Save(folder["%d-%d.png"]));
    }

    [TestMethod]
    [DataRow("film.gif", 60.0, "50")]
    [DataRow("film.webp", 91.0, "90")]
    [DataRow("film.mp4", 1001.0, "1000")]
    [DataRow("film.mp4", 1e-6, "0.01")]
    [DataRow("film.webp", 0.001, "0.01")]
    [DataRow("film.mp4", 0.0, "above 0, got 0.")]
    [DataRow("%d.png", double.NaN, "above 0, got NaN.")]
    public void CheckTarget_RateOfNoSuchFormat_SaysWhichThereAre(string name, double framesPerSecond, string part)
    {
        using var folder = new ScratchFolder();
        var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Film.CheckTarget(folder[name], framesPerSecond));
        Assert.Contains(part, exception.Message);
    }

    [TestMethod]
    public void CheckTarget_NoFolder_SaysToCreateIt()
    {
        using var folder = new ScratchFolder();
        var exception = Assert.ThrowsExactly<DirectoryNotFoundException>(() => Film.CheckTarget(folder["missing/film.webp"], 8));
        Assert.Contains("missing", exception.Message);
        Assert.Contains("create it", exception.Message);
    }

    [TestMethod]
    public void CheckTarget_AFolder_IsNoFile()
    {
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder["film.webp"]);
        Assert.Contains("is a folder", Assert.ThrowsExactly<IOException>(() => Film.CheckTarget(folder["film.webp"], 8)).Message);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void CheckTarget_FolderThatCannotBeWrittenTo_SaysSo()
    {
        // Not even root makes folders there.
        var exception = Assert.ThrowsExactly<UnauthorizedAccessException>(() => Film.CheckTarget("/proc/film.webp", 8));
        Assert.Contains("'/proc'", exception.Message);
        Assert.DoesNotContain(".afterimage", exception.Message);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void CheckTarget_NameThatIsTooLong_NamesIt()
    {
        using var folder = new ScratchFolder();
        var name = new string('a', 300) + ".webp";
        var exception = Assert.ThrowsExactly<IOException>(() => Film.CheckTarget(folder[name], 8));
        Assert.Contains(folder[name], exception.Message);
        Assert.IsEmpty(folder.Entries);
    }

    [TestMethod]
    [DataRow("film.webp", 16_384, 2)]
    [DataRow("film.gif", 2, 65_536)]
    public void Save_LargerThanTheFormatHolds_IsRefused(string name, int width, int height)
    {
        using var folder = new ScratchFolder();
        var exception = Assert.ThrowsExactly<ArgumentException>(() => Films.GradientFilm(1, height, width).Save(folder[name]));
        Assert.Contains($"got {width} × {height}", exception.Message);
        Assert.IsEmpty(folder.Entries);
    }

    [TestMethod]
    [DataRow("film.mp4")]
    [DataRow("film.webp")]
    [DataRow("film.gif")]
    [DataRow("%d.png")]
    public void Save_Cancelled_LeavesWhatWasThere(string name)
    {
        if (name == "film.mp4")
            FFmpeg.Require();
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["film.mp4"], "old");
        using var cancellation = new CancellationTokenSource();
        var progress = new Callback(frame =>
        {
            if (frame == 3)
                cancellation.Cancel();
        });
        var film = Films.GradientFilm(frames: 40, height: 200, width: 200);
        Assert.Throws<OperationCanceledException>(() => film.Save(folder[name], progress, cancellation.Token));
        CollectionAssert.AreEqual(new[] { "film.mp4" }, folder.Entries.ToArray());
        Assert.AreEqual("old", File.ReadAllText(folder["film.mp4"]));
        Assert.IsLessThan(40, progress.Last);
    }

    [TestMethod]
    [DataRow("film.webp")]
    [DataRow("film.gif")]
    public void Save_CancelledWithTheLastFrame_LeavesNothing(string name)
    {
        using var folder = new ScratchFolder();
        using var cancellation = new CancellationTokenSource();
        var progress = new Callback(frame =>
        {
            if (frame == 40)
                cancellation.Cancel();
        });
        var film = Films.GradientFilm(frames: 40, height: 200, width: 200);
        Assert.Throws<OperationCanceledException>(() => film.Save(folder[name], progress, cancellation.Token));
        Assert.IsEmpty(folder.Entries);
    }

    [TestMethod]
    public void Save_CancelledBefore_DoesNotBegin()
    {
        using var folder = new ScratchFolder();
        Assert.Throws<OperationCanceledException>(() => Films.GradientFilm(1, 4, 4).Save(folder["film.webp"], null, new CancellationToken(true)));
        Assert.IsEmpty(folder.Entries);
    }

    [TestMethod]
    public void Write_DiskFull_LeavesWhatWasThere()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["film.webp"], "old");
        var exception = Assert.ThrowsExactly<IOException>(() => WholeFile.WriteAll(folder["film.webp"], path =>
        {
            File.WriteAllText(path, "half a fi");
            throw new IOException($"No space left on device : '{path}'");
        }));
        Assert.AreEqual($"No space left on device : '{folder["film.webp"]}'", exception.Message);
        CollectionAssert.AreEqual(new[] { "film.webp" }, folder.Entries.ToArray());
        Assert.AreEqual("old", File.ReadAllText(folder["film.webp"]));
    }

    [TestMethod]
    [DataRow("film.webp")]
    [DataRow("film.gif")]
    [DataRow("%d.png")]
    [OSCondition(OperatingSystems.Linux)]
    public void Format_WritingToAFullDevice_Fails(string name)
    {
        using var folder = new ScratchFolder();
        File.CreateSymbolicLink(folder[name.Replace("%d", "0", StringComparison.Ordinal)], "/dev/full");
        var film = Films.GradientFilm(1, 64, 64);
        Assert.Throws<IOException>(() => FilmFormat.Of(folder[name]).Write(film, folder[name], null, default));
    }

    [TestMethod]
    public void Save_SeriesThatMeetsAFolder_LeavesWhatWasThere()
    {
        using var folder = new ScratchFolder();
        for (var i = 0; i < 5; i++)
            File.WriteAllText(folder[$"{i}.png"], "old");
        Directory.CreateDirectory(folder["5.png"]);
        Assert.Contains("5.png", Assert.ThrowsExactly<IOException>(() => Films.GradientFilm(9, 8, 8).Save(folder["%d.png"])).Message);
        Assert.HasCount(6, folder.Entries);
        for (var i = 0; i < 5; i++)
            Assert.AreEqual("old", File.ReadAllText(folder[$"{i}.png"]));
    }

    [TestMethod]
    public void Save_Again_TakesTheOldFilmsPlace()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["film.gif"], "old");
        var counted = new Callback(_ => { });
        Films.GradientFilm(3, 8, 8).Save(folder["film.gif"], counted);
        Assert.AreEqual("GIF89a", System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(folder["film.gif"])[..6]));
        Assert.AreEqual(3, counted.Last);
    }

    private sealed class Callback(Action<int> report) : IProgress<int>
    {
        public int Last { get; private set; }

        public void Report(int value)
        {
            Last = value;
            report(value);
        }
    }
}
