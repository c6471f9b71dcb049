namespace Afterimage.Server.Storage;

/// <summary>A grain whose state is kept.</summary>
internal abstract class StoredGrain : Grain
{
    /// <summary>
    /// Writes or clears the state. Where that fails, memory holds what the storage does not, or nobody knows which holds what; so the grain leaves, and the next call
    /// reads what is there.
    /// </summary>
    protected async Task Keep(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }
    }
}
