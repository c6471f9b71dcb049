using Afterimage.Server.Queueing;
using CsCheck;

namespace Afterimage.Server.Tests;

/// <summary>The order of a queue, by itself.</summary>
[TestClass]
public sealed class FairQueueTests
{
    [TestMethod]
    public void Take_OfOneOwner_IsInTheOrderOfComing()
    {
        var queue = new FairQueue(new QueueState());
        foreach (var id in (string[])["a", "b", "c"])
            queue.Add(id, "one", 5);
        Assert.AreSequenceEqual(["a", "b", "c"], TakeAll(queue).Select(entry => entry.JobId));
    }

    [TestMethod]
    public void Take_OfManyOwnersWithEqualCosts_GivesEachATurn()
    {
        var queue = new FairQueue(new QueueState());
        for (var owner = 0; owner < 50; owner++)
        {
            for (var job = 0; job < 20; job++)
                queue.Add($"{owner}-{job}", $"{owner}", 3);
        }
        foreach (var round in TakeAll(queue).Chunk(50))
            Assert.HasCount(50, round.Select(entry => entry.Owner).Distinct());
    }

    [TestMethod]
    public void Take_WhereOneOwnersJobsCostMore_GivesEachTheSameTime()
    {
        var queue = new FairQueue(new QueueState());
        for (var job = 0; job < 30; job++)
        {
            queue.Add($"cheap-{job}", "cheap", 1);
            queue.Add($"dear-{job}", "dear", 3);
        }
        var first = TakeAll(queue).Take(24).ToList();
        Assert.IsInRange(5, 7, first.Count(entry => entry.Owner == "dear"));
    }

    [TestMethod]
    public void Take_OfWhoComesLate_IsNextAndNotAllThatTheOthersHad()
    {
        var queue = new FairQueue(new QueueState());
        for (var job = 0; job < 10; job++)
            queue.Add($"old-{job}", "old", 1);
        for (var job = 0; job < 5; job++)
            Assert.AreEqual("old", queue.Take("worker")!.Owner);
        for (var job = 0; job < 5; job++)
            queue.Add($"new-{job}", "new", 1);
        var owners = TakeAll(queue).Select(entry => entry.Owner).ToList();
        Assert.AreSequenceEqual(["new", "old", "new", "old", "new", "old", "new", "old", "new", "old"], owners);
    }

    [TestMethod]
    public void Return_OfAJob_MakesItItsOwnersFirstAndCountsTheAttempt()
    {
        var queue = new FairQueue(new QueueState());
        queue.Add("a", "one", 2);
        queue.Add("b", "one", 2);
        queue.Add("c", "two", 2);
        queue.Return(queue.Take("worker")!);
        var again = queue.Take("worker")!;
        Assert.AreEqual("a", again.JobId);
        Assert.AreEqual(2, again.Attempt);
        Assert.AreEqual("c", queue.Take("worker")!.JobId);
    }

    [TestMethod]
    public void PlaceOf_AJob_SaysWhenItsTurnIs()
    {
        var queue = new FairQueue(new QueueState());
        queue.Add("a", "one", 10);
        queue.Add("b", "one", 10);
        queue.Add("c", "two", 10);
        Assert.IsNull(queue.PlaceOf("b", 1)!.SecondsUntilStart);
        queue.Remove(queue.Take("worker")!, seconds: 5);
        Assert.AreEqual(new QueuePlace(0, 0, 5), queue.PlaceOf("c", 1));
        Assert.AreEqual(new QueuePlace(1, 5, 5), queue.PlaceOf("b", 1));
        Assert.AreEqual(2.5, queue.PlaceOf("b", 2)!.SecondsUntilStart);
        Assert.IsNull(queue.PlaceOf("a", 1));
    }

    /// <summary>Whatever comes and goes: each job is handed out until it is removed, to one worker at a time, and no owner waits for more than a job of each other.</summary>
    [TestMethod]
    public void Queue_OfAnyHistory_LosesNothingAndLetsNobodyWait() => Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[1, 5]).Array[1, 200].Sample(history =>
    {
        var state = new QueueState();
        var queue = new FairQueue(state);
        var (added, removed, taken) = (0, 0, new List<QueueEntry>());
        foreach (var (what, owner, cost) in history)
        {
            switch (what)
            {
                case 0 or 1:
                    queue.Add($"{added++}", $"{owner}", cost);
                    break;
                case 2 when queue.Take("worker") is { } entry:
                    Assert.DoesNotContain(other => other.JobId == entry.JobId, taken);
                    taken.Add(entry);
                    break;
                case 3 when taken is [var first, ..]:
                    taken.RemoveAt(0);
                    if (cost > 2)
                        queue.Return(first);
                    else
                        queue.Remove(first, removed++);
                    break;
            }
        }
        Assert.AreEqual(added - removed, state.Entries.Count);
        var least = state.Entries.Where(entry => entry.Worker is null).Select(entry => Math.Max(state.Clock, state.Served.GetValueOrDefault(entry.Owner))).DefaultIfEmpty(0).Min();
        if (queue.Take("worker") is { } next)
            Assert.AreEqual(least + next.Cost, state.Served[next.Owner], 1e-9);
    });

    private static IEnumerable<QueueEntry> TakeAll(FairQueue queue)
    {
        while (queue.Take("worker") is { } entry)
            yield return entry;
    }
}
