using System.Runtime.InteropServices;

namespace Afterimage.Native;

/// <summary>How the process ends, once it has done its work.</summary>
internal static partial class ProcessEnd
{
    private static int s_isPrompt;

    /// <summary>
    /// Lets <c>exit</c> end the process without the destructors of the libraries loaded so far: libtorch's take a tenth of a second, for memory that the system takes back
    /// anyway. The runtime has shut down by then. Calling it again does nothing, as where the C library has no <c>on_exit</c> (macOS, Windows).
    /// </summary>
    public static unsafe void SkipDestructors()
    {
        var process = NativeLibrary.GetMainProgramHandle();
        if (NativeLibrary.TryGetExport(process, "on_exit", out var onExit) && NativeLibrary.TryGetExport(process, "_exit", out var end)
            && Interlocked.Exchange(ref s_isPrompt, 1) == 0)
        {
            // What is registered last is called first, and _exit takes the exit code that on_exit gives.
            _ = ((delegate* unmanaged<nint, nint, int>)onExit)(end, 0);
        }
    }

    /// <summary>Ends the process now. Other than <c>exit</c>, it runs nothing that could free what torch's threads use. Not for Windows.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void AtOnce(int code);
}
