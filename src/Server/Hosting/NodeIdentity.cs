namespace Afterimage.Server;

/// <summary>This process, among others and among those that were before it.</summary>
internal sealed class NodeIdentity
{
    private readonly string _id = $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid():N}";

    /// <summary>The name of one of its workers.</summary>
    public string Worker(int number) => $"{_id}/{number}";

    /// <summary>Whether a worker is one of its own.</summary>
    public bool IsOwn(string worker) => worker.StartsWith($"{_id}/", StringComparison.Ordinal);
}
