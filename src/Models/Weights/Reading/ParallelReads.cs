using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Afterimage.Native;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Reads many tensors with many threads: chunk after chunk in the order of the files, each by the thread that is free, conversion included.
/// One thread takes longer: most of the time goes to getting fresh memory from the system, which threads do side by side.
/// </summary>
internal static class ParallelReads
{
    /// <summary>More find no more to do: memory, or the disk, is the limit before.</summary>
    private const int MostThreads = 8;

    /// <summary>Reads all of them.</summary>
    /// <param name="reads">What to read, and where to.</param>
    /// <param name="read">Told the bytes of every chunk, by the thread that read it, one at a time.</param>
    /// <param name="cancellationToken">Looked at before every chunk.</param>
    /// <exception cref="InvalidDataException">A file has become shorter since it was opened.</exception>
    public static void Run(IEnumerable<TensorRead> reads, Action<long> read, CancellationToken cancellationToken)
    {
        var (whole, scattered) = (new List<TensorRead>(), new List<TensorRead>());
        foreach (var each in reads)
            (each.Destination.is_contiguous() ? whole : scattered).Add(each);

        foreach (var onDevice in whole.GroupBy(each => (each.Destination.device_type, each.Destination.device_index)))
            Run([.. onDevice], () => HostStaging.For(onDevice.First().Destination.device), read, cancellationToken);
        foreach (var each in scattered)
        {
            using var noGrad = no_grad();
            using var staged = empty([.. each.Entry.Shape], dtype: each.Entry.Dtype, device: CPU);
            Run([each with { Destination = staged }], read, cancellationToken);
            each.Destination.Copy_(staged);
        }
    }

    /// <summary>As the other, into contiguous tensors; <paramref name="staging"/> makes what a thread reads into on the way to a device.</summary>
    internal static void Run(IReadOnlyCollection<TensorRead> reads, Func<HostStaging?> staging, Action<long> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var each in reads)
            FreshMemory.AskForHugePages(each.Destination);

        var chunks = reads.OrderBy(each => each.File.Path, StringComparer.Ordinal).ThenBy(each => each.Entry.Offset).SelectMany(each => each.Chunks());
        var reporting = new Lock();
        try
        {
            Parallel.ForEach(
                Partitioner.Create(chunks, EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { MaxDegreeOfParallelism = ThreadsFor(reads.Sum(each => each.Entry.Length)), CancellationToken = cancellationToken },
                staging,
                (chunk, _, staged) =>
                {
                    chunk.Read(staged);
                    lock (reporting)
                        read(chunk.Bytes);
                    return staged;
                },
                staged => staged?.Dispose());
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }

    /// <summary>The processors, but no thread for less than a chunk: what is small is read, and reported, by the caller's thread.</summary>
    private static int ThreadsFor(long bytes) => (int)Math.Clamp(bytes / TensorRead.ChunkBytes, 1, Math.Min(Environment.ProcessorCount, MostThreads));
}
