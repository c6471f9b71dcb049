using System.Runtime.InteropServices;

namespace Afterimage.Parallel.Mpi;

/// <summary>
/// MPICH's library: for MPI.NET, which is compiled for Microsoft's and shares its numbers with MPICH, and for what MPI.NET lacks, collectives that do not block, with counts of
/// 64 bits (MPI 4.0, sections 6.12 and 19.2). Buffers and counts are to stay as they are until the request is done.
/// </summary>
internal static unsafe partial class MpiLibrary
{
    /// <summary>In the place of what is sent: what is received into.</summary>
    public const nint InPlace = -1;

    private const string Name = "mpich";

    // What MPICH calls itself in Debian, and what its ABI is called elsewhere. Open MPI's libmpi.so.40 has handles of another kind.
    private static readonly Lazy<nint> s_library = new(() => Load("libmpich.so.12", "libmpi.so.12"));

    /// <summary>Loads the library.</summary>
    /// <exception cref="NotSupportedException">There is none that will do; the message says what brings it.</exception>
    public static void EnsureLoaded() => _ = s_library.Value;

    /// <summary>Of blocks of bytes, or of what a datatype says.</summary>
    [LibraryImport(Name, EntryPoint = "MPI_Ialltoallv_c")]
    public static partial int AllToAll(
        nint send, long* sendCounts, long* sendOffsets, int sendType, nint receive, long* receiveCounts, long* receiveOffsets, int receiveType, int communicator, out int request);

    /// <inheritdoc cref="AllToAll"/>
    [LibraryImport(Name, EntryPoint = "MPI_Iallgatherv_c")]
    public static partial int AllGather(nint send, long sendCount, int sendType, nint receive, long* receiveCounts, long* receiveOffsets, int receiveType, int communicator, out int request);

    /// <summary>Of elements.</summary>
    [LibraryImport(Name, EntryPoint = "MPI_Iallreduce_c")]
    public static partial int AllReduce(nint send, nint receive, long count, int type, int operation, int communicator, out int request);

    /// <summary>Is done when all ranks have begun it.</summary>
    [LibraryImport(Name, EntryPoint = "MPI_Ibarrier")]
    public static partial int Barrier(int communicator, out int request);

    /// <summary>Loads the first of some files that will do, for this assembly and MPI.NET's.</summary>
    /// <exception cref="NotSupportedException">As of <see cref="EnsureLoaded"/>.</exception>
    internal static nint Load(params ReadOnlySpan<string> files)
    {
        const string Newest = "MPI_Ialltoallv_c";
        var library = OperatingSystem.IsLinux() ? LoadedLibraries.Load(Name, Newest, files) : 0;
        if (library == 0)
            throw new NotSupportedException($"MPI's library is missing: expected MPICH 4.0 or later on Linux, {string.Join(" or ", files!)} with {Newest}. {MpiLaunch.Remedy}.");
        NativeLibrary.SetDllImportResolver(typeof(MPI.Unsafe).Assembly, (_, _, _) => library);
        return library;
    }
}
