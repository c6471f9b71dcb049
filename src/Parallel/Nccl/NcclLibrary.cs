using System.Runtime.InteropServices;

namespace Afterimage.Parallel.Nccl;

/// <summary>
/// NCCL's C interface (<c>nccl.h</c>, 2.18 or later): what ranks on CUDA devices take. Each function returns 0, or what <see cref="ErrorText"/> explains. Communicators and streams
/// are pointers, counts <c>size_t</c>; collectives return when they are in the stream.
/// </summary>
internal static unsafe partial class NcclLibrary
{
    private const string Name = "nccl";

    // That of torch's wheels for Python, or a part of libtorch itself.
    private static readonly Lazy<nint> s_library = new(() => Load("libnccl.so.2", "libtorch_cuda.so"));

    /// <summary>Loads the library.</summary>
    /// <exception cref="NotSupportedException">There is none that will do; the message says what brings it.</exception>
    public static void EnsureLoaded() => _ = s_library.Value;

    /// <summary>Throws what a function has returned.</summary>
    /// <exception cref="InvalidOperationException">It is a failure.</exception>
    public static void Check(int result, string what)
    {
        if (result != 0)
            throw new InvalidOperationException($"NCCL could not {what}: {Marshal.PtrToStringUTF8(ErrorText(result))} ({result}). NCCL_DEBUG=WARN in the environment has it say more.");
    }

    [LibraryImport(Name, EntryPoint = "ncclGetUniqueId")]
    public static partial int GetUniqueId(NcclUniqueId* id);

    [LibraryImport(Name, EntryPoint = "ncclCommInitRank")]
    public static partial int InitRank(nint* communicator, int size, NcclUniqueId id, int rank);

    [LibraryImport(Name, EntryPoint = "ncclCommSplit")]
    public static partial int Split(nint communicator, int color, int key, nint* part, nint configuration);

    [LibraryImport(Name, EntryPoint = "ncclCommCount")]
    public static partial int Count(nint communicator, int* size);

    [LibraryImport(Name, EntryPoint = "ncclCommUserRank")]
    public static partial int UserRank(nint communicator, int* rank);

    [LibraryImport(Name, EntryPoint = "ncclCommDestroy")]
    public static partial int Destroy(nint communicator);

    [LibraryImport(Name, EntryPoint = "ncclCommAbort")]
    public static partial int Abort(nint communicator);

    [LibraryImport(Name, EntryPoint = "ncclAllGather")]
    public static partial int AllGather(nint send, nint receive, nuint sendCount, NcclDataType type, nint communicator, nint stream);

    [LibraryImport(Name, EntryPoint = "ncclAllReduce")]
    public static partial int AllReduce(nint send, nint receive, nuint count, NcclDataType type, NcclReduction reduction, nint communicator, nint stream);

    [LibraryImport(Name, EntryPoint = "ncclSend")]
    public static partial int Send(nint send, nuint count, NcclDataType type, int peer, nint communicator, nint stream);

    [LibraryImport(Name, EntryPoint = "ncclRecv")]
    public static partial int Receive(nint receive, nuint count, NcclDataType type, int peer, nint communicator, nint stream);

    [LibraryImport(Name, EntryPoint = "ncclGroupStart")]
    public static partial int GroupStart();

    [LibraryImport(Name, EntryPoint = "ncclGroupEnd")]
    public static partial int GroupEnd();

    [LibraryImport(Name, EntryPoint = "ncclGetErrorString")]
    public static partial nint ErrorText(int result);

    /// <summary>Loads the first of some files that will do.</summary>
    /// <exception cref="NotSupportedException">As of <see cref="EnsureLoaded"/>.</exception>
    internal static nint Load(params ReadOnlySpan<string> files)
    {
        const string Newest = "ncclCommSplit";
        var library = OperatingSystem.IsLinux() ? LoadedLibraries.Load(Name, Newest, files) : 0;
        return library != 0 ? library : throw new NotSupportedException(
            $"NCCL is missing: expected NCCL 2.18 or later on Linux, {string.Join(" or ", files!)} with {Newest}. NVIDIA's package libnccl2 brings it; LD_LIBRARY_PATH may name its folder.");
    }
}
