using System.Diagnostics;

namespace Afterimage.Models.Tests;

/// <summary>Hears what the library warns of on the thread that made it.</summary>
internal sealed class Warnings : TraceListener
{
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly List<string> _heard = [];

    /// <summary>The warnings while <paramref name="action"/> runs.</summary>
    public static List<string> Of(Action action)
    {
        using var warnings = new Warnings();
        Trace.Listeners.Add(warnings);
        try
        {
            action();
        }
        finally
        {
            Trace.Listeners.Remove(warnings);
        }
        return warnings._heard;
    }

    public override void TraceEvent(TraceEventCache? eventCache, string source, TraceEventType eventType, int id, string? message)
    {
        if (Environment.CurrentManagedThreadId == _thread)
            _heard.Add($"{eventType}: {message}");
    }

    public override void Write(string? message)
    {
    }

    public override void WriteLine(string? message)
    {
    }
}
