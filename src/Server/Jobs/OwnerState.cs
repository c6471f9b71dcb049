namespace Afterimage.Server.Jobs;

/// <summary>What is kept of a key.</summary>
[GenerateSerializer]
internal sealed record OwnerState
{
    /// <summary>Its jobs, the oldest first.</summary>
    [Id(0)]
    public List<string> Jobs { get; init; } = [];
}
