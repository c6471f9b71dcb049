using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Parallel.Tests;

/// <summary>What every communicator does, whatever it is over. All ranks call it.</summary>
internal static class CommunicatorContract
{
    private static readonly ScalarType[] s_dtypes =
    [
        ScalarType.Float32, ScalarType.Float64, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32, ScalarType.Byte, ScalarType.Bool, ScalarType.ComplexFloat32,
    ];

    public static void Check(Communicator all)
    {
        CheckCollectives(all);
        CheckRefusals(all);
        CheckMemory(all);
        CheckGroups(all);
        CheckDisposed(all);
    }

    private static void CheckCollectives(Communicator ranks)
    {
        var before = ranks.Collectives;
        foreach (var dtype in s_dtypes)
        {
            ExchangesBlocks(ranks, dtype, (from, to) => (from * 3 + to * 5 + 2) % 7);
            GathersBlocks(ranks, dtype, rank => (rank * 3 + 2) % 5);
        }
        // Alike, none at all, one rank's alone, and more than a few pages.
        foreach (var count in (Func<int, int, long>[])[(_, _) => 3, (_, _) => 0, (from, to) => from == 0 && to == ranks.Size - 1 ? 5 : 0, (from, to) => 300_000 + from - to])
        {
            ExchangesBlocks(ranks, ScalarType.Float32, count);
            GathersBlocks(ranks, ScalarType.Float32, rank => count(rank, ranks.Size - 1));
        }
        foreach (var dtype in (ScalarType[])[ScalarType.Float32, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32])
        {
            foreach (var count in (long[])[0, 1, 1000, 300_000])
                AddsUp(ranks, dtype, count);
        }
        HaveTheSameSum(ranks);
        Assert.AreEqual(before + 2 * (s_dtypes.Length + 4) + 16 + 2, ranks.Collectives);
    }

    private static void ExchangesBlocks(Communicator ranks, ScalarType dtype, Func<int, int, long> count)
    {
        long[] sent = [.. Enumerable.Range(0, ranks.Size).Select(to => count(ranks.Rank, to))];
        long[] received = [.. Enumerable.Range(0, ranks.Size).Select(from => count(from, ranks.Rank))];
        using var scope = NewDisposeScope();
        // Within another tensor, so that an address is not the storage's.
        var send = cat([Values(99, 5, dtype, ranks.Device), .. sent.Select((count, to) => Values(ranks.Rank * 16 + to, count, dtype, ranks.Device))]).narrow(0, 5, sent.Sum());
        var receive = zeros(received.Sum() + 2, dtype, ranks.Device);
        ranks.AllToAll(send, sent, receive.narrow(0, 1, received.Sum()), received);
        var border = zeros(1, dtype, ranks.Device);
        AreEqual(cat([border, .. received.Select((count, from) => Values(from * 16 + ranks.Rank, count, dtype, ranks.Device)), border]), receive);
    }

    private static void GathersBlocks(Communicator ranks, ScalarType dtype, Func<int, long> count)
    {
        long[] counts = [.. Enumerable.Range(0, ranks.Size).Select(count)];
        using var scope = NewDisposeScope();
        var receive = zeros(counts.Sum() + 2, dtype, ranks.Device);
        ranks.AllGather(Values(ranks.Rank, counts[ranks.Rank], dtype, ranks.Device), receive.narrow(0, 1, counts.Sum()), counts);
        var border = zeros(1, dtype, ranks.Device);
        AreEqual(cat([border, .. counts.Select((count, rank) => Values(rank, count, dtype, ranks.Device)), border]), receive);
    }

    private static void AddsUp(Communicator ranks, ScalarType dtype, long count)
    {
        using var scope = NewDisposeScope();
        var values = Values(ranks.Rank, count, dtype, ranks.Device).reshape(count, 1);
        ranks.AllReduce(values);
        var sum = new long[count];
        for (var rank = 0; rank < ranks.Size; rank++)
        {
            var terms = Numbers(rank, count);
            for (var i = 0; i < sum.Length; i++)
                sum[i] += terms[i];
        }
        AreEqual(Made(sum, dtype, ranks.Device).reshape(count, 1), values);
    }

    // Numbers whose sum depends on the order: what a rank decides by it, all decide alike.
    private static void HaveTheSameSum(Communicator ranks)
    {
        using var scope = NewDisposeScope();
        manual_seed(ranks.Rank + 1);
        var values = randn(10_001, device: ranks.Device);
        ranks.AllReduce(values);
        var everyones = empty(values.numel() * ranks.Size, device: ranks.Device);
        ranks.AllGather(values, everyones, [.. Enumerable.Repeat(values.numel(), ranks.Size)]);
        AreEqual(values.repeat(ranks.Size), everyones);
    }

    private static void CheckRefusals(Communicator ranks)
    {
        var before = ranks.Collectives;
        using var scope = NewDisposeScope();
        long[] ones = [.. Enumerable.Repeat(1L, ranks.Size)];
        var size = ranks.Size;
        Tensor Zeros(ScalarType dtype = ScalarType.Float32) => zeros(size, dtype, ranks.Device);
        void Refused(string parameter, string part, Action call)
        {
            var exception = Assert.ThrowsExactly<ArgumentException>(call);
            Assert.AreEqual(parameter, exception.ParamName);
            Assert.Contains(part, exception.Message);
            Assert.StartsWith($"Rank {ranks.Rank} of {size}: expected", exception.Message);
        }
        Refused("receive", "one dtype, got Float32 to send and Float64", () => ranks.AllToAll(Zeros(), ones, Zeros(ScalarType.Float64), ones));
        Refused("sendCounts", $"add up to the {size} elements of 'send', got [", () => ranks.AllToAll(Zeros(), [.. ones[1..], 2], Zeros(), ones));
        Refused("receiveCounts", $"add up to the {size} elements of 'receive', got [", () => ranks.AllToAll(Zeros(), ones, Zeros(), [.. ones[1..], 0]));
        Refused("sendCounts", $"{size} counts from 0", () => ranks.AllToAll(Zeros(), [.. ones, 0], Zeros(), ones));
        Refused("sendCounts", $"{size} counts from 0", () => ranks.AllToAll(zeros(size, device: ranks.Device), [.. ones[1..], long.MinValue], Zeros(), ones));
        Refused("send", "a contiguous tensor, got [", () => ranks.AllToAll(zeros([size, 2], device: ranks.Device).select(1, 0).unsqueeze(0).expand(2, size), ones, Zeros(), ones));
        Refused("receive", "memory of their own", () =>
        {
            var memory = zeros(2 * size, device: ranks.Device);
            ranks.AllToAll(memory.narrow(0, 0, size), ones, memory.narrow(0, size - 1, size), ones);
        });
        Refused("send", "on meta", () => ranks.AllToAll(zeros(size, device: META), ones, Zeros(), ones));
        Refused("values", "without gradients", () => ranks.AllReduce(zeros(size, device: ranks.Device, requires_grad: true)));
        Refused("values", "a sum of", () => ranks.AllReduce(Zeros(ScalarType.Bool)));
        Refused("send", "the 1 elements to send that receiveCounts has of this rank, got 2", () => ranks.AllGather(zeros(2, device: ranks.Device), Zeros(), ones));
        Assert.AreEqual("values", Assert.ThrowsExactly<ArgumentNullException>(() => ranks.AllReduce(null!)).ParamName);
        Assert.AreEqual("color", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ranks.Split(-1, 0)).ParamName);
        Assert.AreEqual(before, ranks.Collectives);
        using var inference = no_grad();
        ranks.AllReduce(zeros(size, device: ranks.Device, requires_grad: true));
    }

    private static void CheckMemory(Communicator ranks)
    {
        using var values = zeros(ranks.Size, device: ranks.Device);
        using var others = zeros(ranks.Size, device: ranks.Device);
        long[] counts = [.. Enumerable.Repeat(1L, ranks.Size)];
        var before = Tensor.TotalCount;
        ranks.AllReduce(values);
        ranks.AllToAll(values, counts, others, counts);
        using (var one = ranks.Split(0, 0))
            one.AllReduce(values);
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    private static void CheckGroups(Communicator all)
    {
        // Halves, each from its last rank to its first.
        var half = all.Rank * 2 / all.Size;
        var members = Enumerable.Range(0, all.Size).Where(rank => rank * 2 / all.Size == half).Reverse().ToList();
        using var group = all.Split(half, -all.Rank);
        Assert.AreEqual(members.Count, group.Size);
        Assert.AreEqual(members.IndexOf(all.Rank), group.Rank);
        Assert.AreEqual(0, group.Collectives);
        CheckCollectives(group);
        CheckRefusals(group);
        // Groups of groups, one rank each; and all of them once more, while the groups are there.
        using var alone = group.Split(group.Rank, 0);
        Assert.AreEqual(1, alone.Size);
        Assert.AreEqual(0, alone.Rank);
        CheckCollectives(alone);
        CheckCollectives(all);
    }

    private static void CheckDisposed(Communicator all)
    {
        var group = all.Split(0, all.Rank);
        group.Dispose();
        group.Dispose();
        using var values = zeros(1, device: all.Device);
        Assert.ThrowsExactly<ObjectDisposedException>(() => group.AllReduce(values));
        Assert.ThrowsExactly<ObjectDisposedException>(() => group.Split(0, 0));

        var outer = all.Split(0, all.Rank);
        using var inner = outer.Split(0, outer.Rank);
        outer.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => inner.AllReduce(values));
    }

    private static Tensor Values(int seed, long count, ScalarType dtype, Device device) => Made(Numbers(seed, count), dtype, device);

    // Told apart by where they come from and where they lie, and kept by every dtype but truth values.
    private static long[] Numbers(int seed, long count)
    {
        var numbers = new long[count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (i + seed * 7) % 101;
        return numbers;
    }

    private static Tensor Made(long[] numbers, ScalarType dtype, Device device)
    {
        using var made = tensor(dtype == ScalarType.Bool ? [.. numbers.Select(number => number % 2)] : numbers);
        return made.to(dtype, device);
    }

    private static void AreEqual(Tensor expected, Tensor actual)
    {
        using var same = expected.eq(actual).all();
        Assert.IsTrue(same.item<bool>(), $"{actual.dtype} of [{string.Join(", ", actual.shape)}] is not what was sent");
    }
}
