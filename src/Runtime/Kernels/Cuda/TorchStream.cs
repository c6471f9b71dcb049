using System.Runtime.InteropServices;

namespace Afterimage.Kernels.Cuda;

/// <summary>The stream that torch puts its own work into, asked through libtorch's stable C interface.</summary>
internal static class TorchStream
{
    private static readonly Lazy<CurrentStream?> s_current = new(Find);

    private delegate int CurrentStream(int deviceIndex, out nint stream);

    /// <summary>This thread's current stream on a device.</summary>
    /// <exception cref="InvalidOperationException">libtorch does not know the device.</exception>
    public static nint Current(int deviceIndex)
    {
        // A libtorch without that function has no other stream than the default one for a TorchSharp program, either.
        if (s_current.Value is not { } current)
            return 0;
        return current(deviceIndex, out var stream) == 0
            ? stream
            : throw new InvalidOperationException($"libtorch could not tell its current stream on CUDA device {deviceIndex}.");
    }

    private static CurrentStream? Find()
    {
        var file = OperatingSystem.IsWindows() ? "torch_cuda.dll" : "libtorch_cuda.so"; // in the process already, so no path is needed
        return NativeLibrary.TryLoad(file, out var library)
            && NativeLibrary.TryGetExport(library, "aoti_torch_get_current_cuda_stream", out var export)
                ? Marshal.GetDelegateForFunctionPointer<CurrentStream>(export)
                : null;
    }
}
