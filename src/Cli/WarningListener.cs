using System.Diagnostics;

namespace Afterimage.Cli;

/// <summary>Shows what the library warns of on the error stream, a line each.</summary>
internal sealed class WarningListener : TraceListener
{
    public override void TraceEvent(TraceEventCache? eventCache, string source, TraceEventType eventType, int id, string? message)
    {
        if (eventType <= TraceEventType.Warning)
            Console.Error.WriteLine($"warning: {message}");
    }

    public override void Write(string? message)
    {
    }

    public override void WriteLine(string? message)
    {
    }
}
