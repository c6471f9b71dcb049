namespace Afterimage.Server.Queueing;

/// <summary>A job in a queue, which it leaves when it has ended.</summary>
/// <param name="JobId">Which.</param>
/// <param name="Owner">Whose.</param>
/// <param name="Cost">What it takes, in floating-point operations.</param>
[GenerateSerializer]
internal sealed record QueueEntry(string JobId, string Owner, double Cost)
{
    /// <summary>How often it was handed out.</summary>
    [Id(0)]
    public int Attempt { get; init; }

    /// <summary>The worker that has it; <see langword="null"/> where it waits.</summary>
    [Id(1)]
    public string? Worker { get; init; }

    /// <summary>How many of its workers said nothing any more. One that stops and gives it back is none of them.</summary>
    [Id(2)]
    public int Losses { get; init; }
}
