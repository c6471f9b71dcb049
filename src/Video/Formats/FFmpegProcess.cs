using System.ComponentModel;
using System.Diagnostics;

namespace Afterimage.Video.Formats;

/// <summary>A run of the installed FFmpeg. Disposing it before it has finished ends it.</summary>
/// <remarks>
/// Frames go through standard input. FFMpegCore, the usual library for this, has FFmpeg read a socket instead, and of very small films
/// frames were then missing now and again.
/// </remarks>
internal sealed class FFmpegProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _complaints;

    private FFmpegProcess(Process process)
    {
        _process = process;
        // Read all the while: FFmpeg waits where nobody reads.
        _output = process.StandardOutput.ReadToEndAsync();
        _complaints = process.StandardError.ReadToEndAsync();
    }

    /// <exception cref="NotSupportedException">FFmpeg is not installed.</exception>
    public static FFmpegProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("ffmpeg", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return new FFmpegProcess(Process.Start(start)!);
        }
        catch (Win32Exception exception)
        {
            throw new NotSupportedException(
                "An .mp4 needs FFmpeg, and no program 'ffmpeg' is on the PATH: install it, or ask for .webp or .gif, which need nothing.", exception);
        }
    }

    /// <summary>All that it prints, once it has ended.</summary>
    public string ReadOutput() => _output.GetAwaiter().GetResult();

    /// <summary>Writes to its standard input.</summary>
    /// <exception cref="IOException">It has ended.</exception>
    public void Send(byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            _process.StandardInput.BaseStream.WriteAsync(bytes, cancellationToken).AsTask().GetAwaiter().GetResult();
        }
        catch (IOException exception)
        {
            // Ctrl-C reaches FFmpeg as well.
            cancellationToken.ThrowIfCancellationRequested();
            throw Failure(exception);
        }
    }

    /// <summary>Ends its input and waits for it.</summary>
    /// <exception cref="IOException">It could not do its work.</exception>
    public void Finish(CancellationToken cancellationToken)
    {
        _process.StandardInput.Close();
        _process.WaitForExitAsync(cancellationToken).GetAwaiter().GetResult();
        if (_process.ExitCode != 0)
            throw Failure(null);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    private IOException Failure(IOException? pipe)
    {
        var complaints = _complaints.GetAwaiter().GetResult().Trim();
        return new($"FFmpeg could not write the film: {(complaints.Length > 0 ? complaints : "it ended without saying why")}", pipe);
    }
}
