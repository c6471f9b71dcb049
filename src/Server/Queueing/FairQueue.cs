namespace Afterimage.Server.Queueing;

/// <summary>
/// The order of a queue: whoever was served least is next, measured by what jobs cost and not by how many there are. Who comes anew begins beside the one who is in turn,
/// so that nobody saves up and nobody waits for what others had before. Source: P. Goyal, H. M. Vin, H. Cheng, Start-time Fair Queueing, 1996.
/// </summary>
/// <param name="state">What it works on.</param>
internal sealed class FairQueue(QueueState state)
{
    // How much the last job says of the next one's time.
    private const double Newness = 0.3;

    /// <summary>The jobs that wait.</summary>
    public int Waiting => state.Entries.Count(entry => entry.Worker is null);

    /// <summary>The waiting jobs of one owner.</summary>
    public int WaitingOf(string owner) => state.Entries.Count(entry => entry.Worker is null && entry.Owner == owner);

    /// <summary>Puts a job at its owner's end.</summary>
    public void Add(string jobId, string owner, double cost) => state.Entries.Add(new QueueEntry(jobId, owner, cost));

    /// <summary>Hands out the next job; <see langword="null"/> where none waits.</summary>
    public QueueEntry? Take(string worker)
    {
        var (next, start) = InOrder().FirstOrDefault();
        if (next is null)
            return null;
        state.Clock = start;
        state.Served[next.Owner] = start + next.Cost;
        var taken = next with { Worker = worker, Attempt = next.Attempt + 1 };
        Replace(next, taken);
        return taken;
    }

    /// <summary>Takes a job back that came to nothing: it is its owner's first, and costs nothing so far.</summary>
    /// <param name="entry">The job.</param>
    /// <param name="isLost">Whether its worker is lost, and has not given it back.</param>
    public void Return(QueueEntry entry, bool isLost = false)
    {
        if (state.Served.TryGetValue(entry.Owner, out var served))
            state.Served[entry.Owner] = served - entry.Cost;
        Replace(entry, entry with { Worker = null, Losses = entry.Losses + (isLost ? 1 : 0) });
    }

    /// <summary>Removes a job that has ended.</summary>
    /// <param name="entry">The job.</param>
    /// <param name="seconds">How long it took; <see langword="null"/> where it was not done.</param>
    public void Remove(QueueEntry entry, double? seconds = null)
    {
        state.Entries.Remove(entry);
        if (seconds is { } took && entry.Cost > 0)
            state.SecondsPerCost = state.SecondsPerCost == 0 ? took / entry.Cost : double.Lerp(state.SecondsPerCost, took / entry.Cost, Newness);
        // Of who has nothing here and is not ahead of others, nothing has to be known.
        foreach (var owner in state.Served.Keys.Except(state.Entries.Select(each => each.Owner)).Where(owner => state.Served[owner] <= state.Clock).ToList())
            state.Served.Remove(owner);
    }

    /// <summary>The job of an id.</summary>
    public QueueEntry? Find(string jobId) => state.Entries.Find(entry => entry.JobId == jobId);

    /// <summary>Where a job is.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="workers">How many are at work on the queue.</param>
    public QueuePlace? PlaceOf(string jobId, int workers)
    {
        if (Find(jobId) is not { } entry)
            return null;
        var before = entry.Worker is null ? InOrder().Select(each => each.Entry).TakeWhile(each => each != entry).ToList() : [];
        double? rate = state.SecondsPerCost > 0 ? state.SecondsPerCost : null;
        // What others are at is on average half done.
        var atWork = entry.Worker is null ? state.Entries.Where(each => each.Worker is not null).Sum(each => each.Cost / 2) : 0;
        return new QueuePlace(before.Count, rate * (before.Sum(each => each.Cost) + atWork) / Math.Max(1, workers), rate * entry.Cost);
    }

    /// <summary>How long it takes until another job fits into a full queue.</summary>
    /// <param name="workers">How many are at work on it.</param>
    public TimeSpan NextGap(int workers)
    {
        const double Least = 1, Most = 3600;
        var cost = state.Entries.Count > 0 ? state.Entries.Average(entry => entry.Cost) : 0;
        return TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(cost * state.SecondsPerCost / Math.Max(1, workers)), Least, Most));
    }

    /// <summary>The waiting jobs as they will be handed out, and what their owners will have been served by then.</summary>
    private IEnumerable<(QueueEntry Entry, double Start)> InOrder()
    {
        var served = new Dictionary<string, double>();
        var starts = new List<(QueueEntry Entry, double Start)>();
        foreach (var entry in state.Entries.Where(entry => entry.Worker is null))
        {
            var start = served.TryGetValue(entry.Owner, out var own) ? own : Math.Max(state.Clock, state.Served.GetValueOrDefault(entry.Owner));
            starts.Add((entry, start));
            served[entry.Owner] = start + entry.Cost;
        }
        return starts.OrderBy(each => each.Start); // which keeps the order in which they came where that is the same
    }

    private void Replace(QueueEntry entry, QueueEntry by) => state.Entries[state.Entries.IndexOf(entry)] = by;
}
