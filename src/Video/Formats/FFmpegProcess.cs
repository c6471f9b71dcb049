using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Afterimage.Video.Formats;

/// <summary>A run of the installed FFmpeg. Disposing it before it has finished ends it.</summary>
/// <remarks>
/// Frames go through standard input. FFMpegCore, the usual library for this, has FFmpeg read a socket instead, and of very small films
/// frames were then missing now and again.
/// </remarks>
internal sealed class FFmpegProcess : IDisposable
{
    /// <summary>How long it may neither take nor say anything: much longer than a busy machine needs for a large frame.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // It is over, or nearly: what is waited for is on its way.
    private static readonly TimeSpan s_moment = TimeSpan.FromSeconds(2);
    private const int EndedBySignal = 128;
    private const int LongestComplaint = 1000;

    private readonly Process _process;
    private readonly TimeSpan _patience;
    private readonly Task<string> _output;
    private readonly Task<string> _complaints;
    private long _lastSign = Stopwatch.GetTimestamp();

    private FFmpegProcess(Process process, TimeSpan patience)
    {
        (_process, _patience) = (process, patience);
        // Read all the while: FFmpeg waits where nobody reads.
        _output = ReadAsync(process.StandardOutput);
        _complaints = ReadAsync(process.StandardError);
    }

    /// <exception cref="NotSupportedException">FFmpeg is not installed.</exception>
    public static FFmpegProcess Start(TimeSpan patience, params string[] arguments)
    {
        var start = new ProcessStartInfo("ffmpeg", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return new FFmpegProcess(Process.Start(start)!, patience);
        }
        catch (Win32Exception exception)
        {
            throw new NotSupportedException(
                "An .mp4 needs FFmpeg, and no program 'ffmpeg' is on the PATH: install it, or ask for .webp or .gif, which need nothing.", exception);
        }
    }

    /// <summary>All that it prints, once it has ended.</summary>
    /// <exception cref="IOException">It does not end.</exception>
    public string ReadOutput()
    {
        Await(_output, CancellationToken.None);
        return _output.GetAwaiter().GetResult();
    }

    /// <summary>Writes to its standard input.</summary>
    /// <exception cref="IOException">It has ended, or takes nothing.</exception>
    public void Send(byte[] bytes, CancellationToken cancellationToken)
    {
        // In a thread of its own, which the end of FFmpeg frees: a full pipe lets nothing else stop it.
        var sent = Task.Run(() => _process.StandardInput.BaseStream.Write(bytes), CancellationToken.None);
        ShowSign();
        Await(sent, cancellationToken);
        if (sent.Exception?.InnerException is { } failure)
            throw Failure(failure, cancellationToken);
    }

    /// <summary>Ends its input and waits for it.</summary>
    /// <exception cref="IOException">It could not do its work, or does not end.</exception>
    public void Finish(CancellationToken cancellationToken)
    {
        _process.StandardInput.Close();
        ShowSign();
        Await(_process.WaitForExitAsync(CancellationToken.None), cancellationToken);
        if (_process.ExitCode != 0)
            throw Failure(null, cancellationToken);
    }

    public void Dispose()
    {
        End();
        _process.Dispose();
    }

    /// <summary>With whatever it has started.</summary>
    private void End()
    {
        if (_process.HasExited)
            return;
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    private void Await(Task task, CancellationToken cancellationToken)
    {
        while (true)
        {
            var left = _patience - Stopwatch.GetElapsedTime(Volatile.Read(ref _lastSign));
            if (left <= TimeSpan.Zero)
                break;
            if (Task.WaitAny([task], (int)Math.Ceiling(left.TotalMilliseconds), cancellationToken) == 0)
                return;
        }
        End();
        throw new IOException(string.Create(
            CultureInfo.InvariantCulture, $"FFmpeg hangs: it neither took nor said anything for {_patience.TotalSeconds:0.#} s, and was ended. Try it by itself, or ask for .webp or .gif."));
    }

    private void ShowSign() => Volatile.Write(ref _lastSign, Stopwatch.GetTimestamp());

    /// <summary>All that can be read, of which the beginning is kept.</summary>
    private async Task<string> ReadAsync(StreamReader reader)
    {
        const int Most = 1 << 20;
        var text = new StringBuilder();
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var count)
        {
            ShowSign();
            text.Append(buffer, 0, Math.Min(count, Most - text.Length));
        }
        return text.ToString();
    }

    private IOException Failure(Exception? cause, CancellationToken cancellationToken)
    {
        // It may have closed its input, and not be about to end.
        if (!_process.WaitForExit(s_moment))
            End();
        // Ctrl-C in a terminal reaches FFmpeg as well, which ends with 255, and may reach it first.
        if (_process.ExitCode >= EndedBySignal && cancellationToken.CanBeCanceled)
            cancellationToken.WaitHandle.WaitOne(s_moment);
        cancellationToken.ThrowIfCancellationRequested();

        // Something that it has started may hold the other end.
        var complaints = _complaints.Wait(s_moment) ? _complaints.Result.Trim() : "";
        if (complaints.Length > LongestComplaint)
            complaints = $"{complaints[..LongestComplaint]}…";
        return new($"FFmpeg could not write the film: {(complaints.Length > 0 ? complaints : "it ended without saying why")}", cause);
    }
}
