namespace Afterimage.Kernels.Cuda;

/// <summary>Graphs: what a stream was asked, to be asked again at once.</summary>
internal sealed unsafe partial class CudaDriver
{
    private const int ThreadLocalCapture = 1; // CU_STREAM_CAPTURE_MODE_THREAD_LOCAL: what other threads do is theirs

    /// <summary>A stream of the context, which waits for no other.</summary>
    public nint CreateStream(nint context) => Within(context, () =>
    {
        const uint NonBlocking = 1;
        nint stream;
        Check(_streamCreate(&stream, NonBlocking), "make a stream");
        return stream;
    });

    /// <summary>Whether a stream is capturing, and nothing it was asked has ended that.</summary>
    public bool IsCapturing(nint context, nint stream) => Within(context, () =>
    {
        const int Active = 1;
        int status;
        Check(_streamIsCapturing(stream, &status), "tell whether a stream is capturing");
        return status == Active;
    });

    /// <summary>
    /// Ends a capture that something the stream was asked has ended already, and begins one in its place with nothing in it: for a caller that has
    /// yet to end one, and can only end one that is well.
    /// </summary>
    public void RestartCapture(nint context, nint stream) => Within(context, () =>
    {
        nint graph;
        _ = _streamEndCapture(stream, &graph); // says that the capture is no good, and ends it
        Check(_streamBeginCapture(stream, ThreadLocalCapture), "begin a capture");
        return graph;
    });

    /// <summary>A graph that can be launched, of one that was captured and stays the caller's.</summary>
    public nint InstantiateGraph(nint context, nint graph) => Within(context, () =>
    {
        nint executable;
        Check(_graphInstantiate(&executable, graph, 0), "instantiate a graph");
        return executable;
    });

    /// <summary>Puts a graph into a stream and does not wait for it.</summary>
    public void LaunchGraph(nint context, nint executable, nint stream) => Within(context, () =>
    {
        Check(_graphLaunch(executable, stream), "launch a graph");
        return executable;
    });

    /// <summary>Forgets what <see cref="InstantiateGraph"/> made, once it has run.</summary>
    public void DestroyGraph(nint context, nint executable) => Within(context, () =>
    {
        Check(_graphDestroy(executable), "destroy a graph");
        return executable;
    });
}
