using System.Globalization;

namespace Afterimage.Cli.Working;

/// <summary>How long work takes, and how long the rest of it will take if it goes on as it went.</summary>
internal sealed class WorkClock(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _started = time.GetTimestamp();
    private (long At, double Share) _first, _last;

    /// <summary>What of all is done, from 0 to 1.</summary>
    public double Share
    {
        get
        {
            lock (_lock)
                return _last.Share;
        }
    }

    /// <summary>Since the beginning.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    /// <summary>Until the end; null while nothing is done that it could be told from, and where what is being done takes longer than what was.</summary>
    public TimeSpan? Remaining
    {
        get
        {
            var (first, last) = Reports();
            var done = last.Share - first.Share;
            if (done <= 0)
                return null;
            if (last.Share == 1)
                return TimeSpan.Zero;
            var rest = time.GetElapsedTime(first.At, last.At) * ((1 - last.Share) / done) - time.GetElapsedTime(last.At);
            return rest > TimeSpan.Zero ? rest : null;
        }
    }

    /// <summary>Hears what of all is done.</summary>
    public void Report(double share)
    {
        lock (_lock)
        {
            _last = (time.GetTimestamp(), Math.Clamp(share, 0, 1));
            // What comes before, such as reading the text, is no measure of the rest.
            if (_last.Share == 0)
                _first = _last;
        }
    }

    /// <summary>Both times, for people.</summary>
    public override string ToString() => $"{Text(Elapsed)} elapsed{(Remaining is { } rest ? $", {Text(rest)} left" : "")}";

    private ((long At, double Share) First, (long At, double Share) Last) Reports()
    {
        lock (_lock)
            return (_first, _last);
    }

    private static string Text(TimeSpan span) => span.TotalHours < 1
        ? span.ToString(@"m\:ss", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalHours}:{span:mm\\:ss}");
}
