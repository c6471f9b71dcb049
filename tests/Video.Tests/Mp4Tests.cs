using System.Runtime.Versioning;
using System.Text;

namespace Afterimage.Video.Tests;

[TestClass]
public class Mp4Tests
{
    [TestMethod]
    [DataRow(64, 48, "64x48")]
    [DataRow(65, 33, "66x34")]
    [DataRow(1, 1, "2x2")]
    public void Save_Mp4_ReadsBack(int width, int height, string size)
    {
        FFmpeg.Require();
        using var folder = new ScratchFolder();
        var film = Films.GradientFilm(frames: 9, height, width);
        film.Save(folder["film.mp4"]);

        CollectionAssert.AreEqual(new[] { "film.mp4" }, folder.Entries.ToArray());
        Assert.AreEqual($"h264,{size.Replace('x', ',')},yuv420p,8/1,9", Probe(folder["film.mp4"]));
        // Decoded and cut back to its size.
        var pixels = FFmpeg.Output(
            "ffmpeg", "-v", "error", "-i", folder["film.mp4"],
            "-vf", $"crop={width}:{height}:0:0:exact=1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-");
        var frames = pixels.Chunk(width * height * 3).ToList();
        Assert.HasCount(9, frames);
        for (var i = 0; i < 9; i++)
            Assert.IsLessThan(width == 1 ? 12 : 4, Films.Distance(film[i], frames[i]), $"frame {i}");
    }

    [TestMethod]
    public void Save_OneFrameAtAnOddRate_KeepsIt()
    {
        FFmpeg.Require();
        using var folder = new ScratchFolder();
        Films.GradientFilm(frames: 1, height: 32, width: 32, framesPerSecond: 12.5).Save(folder["a film.mp4"]);
        Assert.AreEqual("h264,32,32,yuv420p,25/2,1", Probe(folder["a film.mp4"]));
    }

    [TestMethod]
    public void CheckTarget_NoFFmpeg_NamesTheRemedy()
    {
        using var folder = new ScratchFolder();
        using var path = new SearchPath(folder.Path);
        var exception = Assert.ThrowsExactly<NotSupportedException>(() => Film.CheckTarget(folder["film.mp4"], 8));
        Assert.Contains("install it", exception.Message);
        Assert.Contains(".webp", exception.Message);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [UnsupportedOSPlatform("windows")]
    public void CheckTarget_FFmpegWithoutH264_NamesTheRemedy()
    {
        using var folder = new ScratchFolder();
        using var ffmpeg = new FakeFFmpeg("echo ' V..... libvpx  VP8'");
        Assert.Contains("libx264", Assert.ThrowsExactly<NotSupportedException>(() => Film.CheckTarget(folder["film.mp4"], 8)).Message);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [UnsupportedOSPlatform("windows")]
    public void Save_FFmpegFails_SaysWhatItSaidAndLeavesNothing()
    {
        using var folder = new ScratchFolder();
        using var ffmpeg = new FakeFFmpeg("""
            case "$*" in
              *-encoders*) echo ' V..... libx264  H.264' ;;
              *-version*) echo 'ffmpeg version 0' ;;
              *) echo 'film.mp4: No space left on device' >&2; exit 1 ;;
            esac
            """);
        var exception = Assert.ThrowsExactly<IOException>(() => Films.GradientFilm(30, 200, 200).Save(folder["film.mp4"]));
        Assert.Contains("No space left on device", exception.Message);
        Assert.IsEmpty(folder.Entries);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [UnsupportedOSPlatform("windows")]
    [DataRow("exit 1", DisplayName = "at once")]
    [DataRow("cat > /dev/null; exit 1", DisplayName = "after the last frame")]
    public void Save_FFmpegFailsWithoutAWord_SaysThat(string script)
    {
        using var folder = new ScratchFolder();
        using var ffmpeg = new FakeFFmpeg($"PATH=/bin:/usr/bin\n{script}");
        // Save would ask for the encoders first.
        var exception = Assert.ThrowsExactly<IOException>(
            () => new Formats.Mp4Format(Formats.FFmpegProcess.Patience).Write(Films.GradientFilm(30, 200, 200), folder["film.mp4"], null, default));
        Assert.Contains("without saying why", exception.Message);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [UnsupportedOSPlatform("windows")]
    public void Save_CancelledWhileFFmpegReadsNothing_Ends()
    {
        using var folder = new ScratchFolder();
        using var ffmpeg = new FakeFFmpeg("exec /bin/sleep 600");
        using var cancellation = new CancellationTokenSource();
        cancellation.CancelAfter(100);
        Assert.Throws<OperationCanceledException>(
            () => new Formats.Mp4Format(Formats.FFmpegProcess.Patience).Write(Films.GradientFilm(30, 200, 200), folder["film.mp4"], null, cancellation.Token));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [UnsupportedOSPlatform("windows")]
    [DataRow("exec /bin/sleep 600", DisplayName = "reads nothing")]
    [DataRow("/bin/sleep 600", DisplayName = "its child reads nothing")]
    [DataRow("/bin/cat > /dev/null; /bin/sleep 600", DisplayName = "does not end")]
    [DataRow("exec < /dev/null; /bin/sleep 600", DisplayName = "closes its input")]
    public void Save_FFmpegHangs_EndsItAndSaysSo(string script)
    {
        using var folder = new ScratchFolder();
        using var ffmpeg = new FakeFFmpeg(script);
        var format = new Formats.Mp4Format(TimeSpan.FromSeconds(0.5));
        Assert.ThrowsExactly<IOException>(() => format.Write(Films.GradientFilm(30, 200, 200), folder["film.mp4"], null, default));
        if (!script.StartsWith("exec <", StringComparison.Ordinal))
            Assert.Contains("FFmpeg hangs", Assert.ThrowsExactly<IOException>(() => format.Check(8)).Message);
        Assert.IsEmpty(folder.Entries);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [UnsupportedOSPlatform("windows")]
    public void Save_FFmpegWritesNothing_IsNoFilm()
    {
        using var folder = new ScratchFolder();
        using var ffmpeg = new FakeFFmpeg("case \"$*\" in *-encoders*) echo ' V..... libx264  H.264' ;; *) /bin/cat > /dev/null ;; esac");
        File.WriteAllText(folder["film.mp4"], "old");
        Assert.Contains("wrote no film", Assert.ThrowsExactly<IOException>(() => Films.GradientFilm(3, 16, 16).Save(folder["film.mp4"])).Message);
        Assert.AreEqual("old", File.ReadAllText(folder["film.mp4"]));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [UnsupportedOSPlatform("windows")]
    public void Save_FFmpegHearsTheInterruptionFirst_IsCancelled()
    {
        using var folder = new ScratchFolder();
        using var ffmpeg = new FakeFFmpeg("exit 255");
        using var cancellation = new CancellationTokenSource();
        cancellation.CancelAfter(100);
        Assert.Throws<OperationCanceledException>(
            () => new Formats.Mp4Format(Formats.FFmpegProcess.Patience).Write(Films.GradientFilm(30, 200, 200), folder["film.mp4"], null, cancellation.Token));
    }

    [TestMethod]
    [DataRow(23.976, 10)]
    [DataRow(8.0, 1)]
    [DataRow(0.5, 3)]
    public void Save_Still_KeepsItsTime(double framesPerSecond, int frames)
    {
        FFmpeg.Require();
        using var folder = new ScratchFolder();
        Films.Still(frames, 16, 16, framesPerSecond).Save(folder["film.mp4"]);
        var duration = Encoding.ASCII.GetString(FFmpeg.Output("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", folder["film.mp4"]));
        Assert.AreEqual(frames / framesPerSecond, double.Parse(duration, System.Globalization.CultureInfo.InvariantCulture), 0.002);
    }

    private static string Probe(string path) => Encoding.ASCII.GetString(FFmpeg.Output(
        "ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0",
        "-show_entries", "stream=codec_name,width,height,pix_fmt,r_frame_rate,nb_read_frames", "-of", "csv=p=0", path)).Trim();

    /// <summary>A script in place of FFmpeg, alone on the PATH for a while.</summary>
    [UnsupportedOSPlatform("windows")]
    private sealed class FakeFFmpeg : IDisposable
    {
        private readonly ScratchFolder _programs = new();
        private readonly SearchPath _path;

        public FakeFFmpeg(string script)
        {
            File.WriteAllText(_programs["ffmpeg"], $"#!/bin/sh\n{script}\n");
            File.SetUnixFileMode(_programs["ffmpeg"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
            _path = new SearchPath(_programs.Path);
        }

        public void Dispose()
        {
            _path.Dispose();
            _programs.Dispose();
        }
    }

    /// <summary>Another PATH for a while.</summary>
    private sealed class SearchPath : IDisposable
    {
        private readonly string? _before = Environment.GetEnvironmentVariable("PATH");

        public SearchPath(string folder) => Environment.SetEnvironmentVariable("PATH", folder);

        public void Dispose() => Environment.SetEnvironmentVariable("PATH", _before);
    }
}
