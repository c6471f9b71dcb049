using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Afterimage.Native;
using MPI;

namespace Afterimage.Parallel.Mpi;

/// <summary>This process as a rank of all that mpiexec has started: what its groups share, and how all of them end.</summary>
internal sealed partial class MpiProcess
{
    // Yields for this long before it sleeps between two looks: a collective whose ranks are all there takes less, and MPI moves bytes when it is looked at only.
    private static readonly TimeSpan s_attentive = TimeSpan.FromMilliseconds(5);

    // A line is read at once, unless nobody reads.
    private static readonly TimeSpan s_reading = TimeSpan.FromSeconds(1);

    private const int ErrorStream = 2;

    private readonly MPI.Environment _environment;
    private readonly TimeSpan _timeout;
    private readonly string _name;
    private readonly int _closing;
    private bool _isAborting;

    /// <param name="timeout">How long a collective may wait for the other ranks.</param>
    public MpiProcess(TimeSpan timeout)
    {
        string[]? none = null;
        _timeout = timeout;
        _environment = new MPI.Environment(ref none, Threading.Multiple);
        _name = "a rank";
        Check(Unsafe.MPI_Errhandler_set(Unsafe.MPI_COMM_WORLD, Unsafe.MPI_ERRORS_RETURN), "start");
        Check(Unsafe.MPI_Comm_rank(Unsafe.MPI_COMM_WORLD, out var rank), "tell the rank");
        Check(Unsafe.MPI_Comm_size(Unsafe.MPI_COMM_WORLD, out var size), "tell the number of ranks");
        (Rank, Size, _name) = (rank, size, $"rank {rank} of {size}");
        // Of its own, so that a rank at its end is never taken for one in a collective.
        Check(Unsafe.MPI_Comm_dup(Unsafe.MPI_COMM_WORLD, out _closing), "start");
        AppDomain.CurrentDomain.UnhandledException += OnUnhandled;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    /// <summary>Which of all ranks this process is.</summary>
    public int Rank { get; }

    /// <summary>How many ranks mpiexec has started.</summary>
    public int Size { get; }

    /// <summary>Whether MPI has ended in this process, and with it all groups.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Waits until a request is done, and ends all ranks where that takes too long or cannot be.</summary>
    /// <param name="result">What MPI said when the request was made.</param>
    /// <param name="request">What was made.</param>
    /// <param name="what">A word for it, in messages.</param>
    public void Finish(int result, int request, string what)
    {
        Check(result, what);
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            Check(Unsafe.MPI_Test(ref request, out var isDone, out _), what);
            if (isDone != 0)
                return;
            var waited = Stopwatch.GetElapsedTime(started);
            if (waited > _timeout)
                Abort($"{what} has waited {_timeout.TotalSeconds:0.#} s for the other ranks. One of them has ended, is busy for longer, or makes other calls than this one.");
            // MPI's own waiting spins, which takes the processor from ranks that compute.
            if (waited < s_attentive)
                Thread.Yield();
            else
                Thread.Sleep(1);
        }
    }

    /// <summary>Ends all ranks where a call of MPI has failed: what state it left is not known.</summary>
    public void Check(int result, string what)
    {
        if (result == 0)
            return;
        var text = new byte[Unsafe.MPI_MAX_ERROR_STRING];
        var length = 0;
        _ = Unsafe.MPI_Error_string(result, text, ref length);
        Abort($"MPI could not {what}: {System.Text.Encoding.UTF8.GetString(text, 0, length)}");
    }

    /// <summary>Ends all ranks, this one included.</summary>
    /// <param name="reason">Why, for the line that says so.</param>
    [DoesNotReturn]
    public void Abort(string reason)
    {
        // One line, however many threads fail.
        if (Interlocked.Exchange(ref _isAborting, true))
            Thread.Sleep(Timeout.Infinite);
        Console.Error.WriteLine($"{_name}: {string.Join(' ', reason.Split(['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))}");
        AwaitReader();
        Silence();
        // MPI exits, and another thread may be at work inside of libtorch.
        ProcessEnd.SkipDestructors();
        _ = Unsafe.MPI_Abort(Unsafe.MPI_COMM_WORLD, 1);
        // It has returned, as it does where mpiexec is gone.
        ProcessEnd.AtOnce(1);
        throw new UnreachableException();
    }

    /// <summary>Waits for all ranks to close, and ends MPI.</summary>
    public void Close()
    {
        Finish(MpiLibrary.Barrier(_closing, out var request), request, "The end");
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandled;
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        _environment.Dispose();
        IsClosed = true;
    }

    private void OnUnhandled(object sender, UnhandledExceptionEventArgs args) => Abort((args.ExceptionObject as Exception)?.Message ?? "an exception that nothing catches");

    private void OnExit(object? sender, EventArgs args) => Abort("The process ends before its work is done.");

    // mpiexec ends before it has read the line, where two ranks abort at once.
    private static void AwaitReader()
    {
        const int Unread = 0x541b; // FIONREAD
        var started = Stopwatch.GetTimestamp();
        while (Control(ErrorStream, Unread, out var bytes) == 0 && bytes > 0 && Stopwatch.GetElapsedTime(started) < s_reading)
            Thread.Sleep(1);
    }

    // MPI's own line about an abort, which has no reason in it, would follow ours.
    private static void Silence()
    {
        using var nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write);
        _ = Duplicate((int)nowhere.DangerousGetHandle(), ErrorStream);
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(int file, nuint request, out int value);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Duplicate(int from, int to);
}
