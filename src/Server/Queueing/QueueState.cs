namespace Afterimage.Server.Queueing;

/// <summary>All that is kept of a queue.</summary>
[GenerateSerializer]
internal sealed record QueueState
{
    /// <summary>The jobs, in the order in which they came.</summary>
    [Id(0)]
    public List<QueueEntry> Entries { get; init; } = [];

    /// <summary>The costs that each owner was served, as if they had begun together.</summary>
    [Id(1)]
    public Dictionary<string, double> Served { get; init; } = [];

    /// <summary>What the owner was served who was last in turn: nobody who comes now has less.</summary>
    [Id(2)]
    public double Clock { get; set; }

    /// <summary>The seconds that a unit of cost took lately; 0 where none was measured.</summary>
    [Id(3)]
    public double SecondsPerCost { get; set; }
}
