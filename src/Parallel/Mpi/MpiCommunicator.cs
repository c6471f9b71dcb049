using System.Diagnostics.CodeAnalysis;
using Afterimage.Parallel.Mpi;
using MPI;
using static TorchSharp.torch;

namespace Afterimage.Parallel;

/// <summary>
/// Ranks that mpiexec has started, on one machine or many, and tensors in the host's memory. Over MPICH 4 on Linux.
/// </summary>
/// <remarks>
/// One rank's end is that of all, within bounded time and with one line on the error stream: an exception, a process that exits, an <see cref="Communicator.Abort"/>, a failure of MPI,
/// and a rank that does not come to a collective before the others have waited for it too long. mpiexec itself ends all ranks where one is killed, and says so.
/// </remarks>
public sealed class MpiCommunicator : Communicator
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(10);

    // Of the integers, MPICH's numbers for those of C's sizes: Microsoft's MPI, which MPI.NET knows, has others.
    private static readonly Dictionary<ScalarType, int> s_summable = new()
    {
        [ScalarType.Float32] = Unsafe.MPI_FLOAT,
        [ScalarType.Float64] = Unsafe.MPI_DOUBLE,
        [ScalarType.Int32] = 0x4c000439,
        [ScalarType.Int64] = 0x4c00083a,
    };

    private readonly MpiProcess _process;
    private int _handle;

    private MpiCommunicator(MpiProcess process, int handle, int rank, int size, Communicator? parent) : base(rank, size, CPU, parent) =>
        (_process, _handle) = (process, handle);

    /// <summary>
    /// Runs a program as one of the ranks that mpiexec has started, once in a process, and leaves torch no more threads than each rank has processors on its machine: at least one.
    /// What the program throws ends all ranks with the exception's message, since the others would wait for this one.
    /// </summary>
    /// <param name="program">The program, which gets the communicator of all ranks and returns its exit code. When it has returned, it waits for the others to, and MPI ends.</param>
    /// <param name="timeout">How long a collective, or the end, may wait for the other ranks before it ends all of them: ten minutes if not said.</param>
    /// <returns>The program's exit code.</returns>
    /// <exception cref="NotSupportedException">MPICH's mpiexec has not started this process, or MPICH's library is missing. The message says how to get it.</exception>
    /// <exception cref="InvalidOperationException">MPI was started in this process before.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is not positive.</exception>
    public static int Run(Func<MpiCommunicator, int> program, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout ?? s_timeout, TimeSpan.Zero, nameof(timeout));
        MpiLaunch.Check(System.Environment.GetEnvironmentVariable);
        MpiLibrary.EnsureLoaded();
        if (MPI.Environment.Initialized)
            throw new InvalidOperationException("MPI can be started once in a process, and was: run one program, and split its communicator.");
        var process = new MpiProcess(timeout ?? s_timeout);
        // Threads of torch wait by spinning, which takes the processor from the other ranks.
        var share = System.Environment.ProcessorCount / MpiLaunch.RanksHere(System.Environment.GetEnvironmentVariable, process.Size);
        set_num_threads(Math.Clamp(share, 1, get_num_threads()));
        using var all = new MpiCommunicator(process, Unsafe.MPI_COMM_WORLD, process.Rank, process.Size, null);
        try
        {
            return program(all);
        }
        catch (Exception exception)
        {
            all.Abort(exception.Message);
            throw;
        }
    }

    /// <inheritdoc/>
    [DoesNotReturn]
    public override void Abort(string reason) => _process.Abort(reason);

    private protected override IReadOnlyCollection<ScalarType> Summable => s_summable.Keys;

    private protected override Communicator SplitInto(int color, int key)
    {
        // MPI's own splitting waits without an end.
        _process.Finish(MpiLibrary.Barrier(_handle, out var request), request, nameof(Split));
        _process.Check(Unsafe.MPI_Comm_split(_handle, color, key, out var handle), "split");
        _process.Check(Unsafe.MPI_Comm_rank(handle, out var rank), "tell the rank");
        _process.Check(Unsafe.MPI_Comm_size(handle, out var size), "tell the number of ranks");
        return new MpiCommunicator(_process, handle, rank, size, this);
    }

    private protected override unsafe void ExchangeBlocks(Blocks send, Blocks receive)
    {
        fixed (long* sendCounts = send.Bytes(), sendOffsets = send.Offsets(), receiveCounts = receive.Bytes(), receiveOffsets = receive.Offsets())
        {
            var result = MpiLibrary.AllToAll(
                send.Address, sendCounts, sendOffsets, Unsafe.MPI_BYTE, receive.Address, receiveCounts, receiveOffsets, Unsafe.MPI_BYTE, _handle, out var request);
            _process.Finish(result, request, $"{nameof(AllToAll)} {Collectives}");
        }
    }

    private protected override unsafe void GatherBlocks(nint send, Blocks receive)
    {
        var bytes = receive.Bytes();
        fixed (long* counts = bytes, offsets = receive.Offsets())
        {
            var result = MpiLibrary.AllGather(send, bytes[Rank], Unsafe.MPI_BYTE, receive.Address, counts, offsets, Unsafe.MPI_BYTE, _handle, out var request);
            _process.Finish(result, request, $"{nameof(AllGather)} {Collectives}");
        }
    }

    private protected override void Sum(nint values, long count, ScalarType dtype)
    {
        var result = MpiLibrary.AllReduce(MpiLibrary.InPlace, values, count, s_summable[dtype], Unsafe.MPI_SUM, _handle, out var request);
        _process.Finish(result, request, $"{nameof(AllReduce)} {Collectives}");
    }

    private protected override void Close()
    {
        if (_handle == Unsafe.MPI_COMM_WORLD)
            _process.Close();
        else if (!_process.IsClosed)
            _process.Check(Unsafe.MPI_Comm_free(ref _handle), "close a group");
    }
}
