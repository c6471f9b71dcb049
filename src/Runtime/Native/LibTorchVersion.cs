using System.Runtime.InteropServices;

namespace Afterimage.Native;

/// <summary>The version that a loaded libtorch says it is of. Another than TorchSharp was built for loads, and then takes numbers for other ones.</summary>
internal static class LibTorchVersion
{
    private delegate ulong AbiVersion();

    /// <summary>Its first two numbers, such as 2.10; null if the library does not export them, as TorchSharp's own does not.</summary>
    public static string? Of(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, "aoti_torch_abi_version", out var export))
            return null;
        var version = Marshal.GetDelegateForFunctionPointer<AbiVersion>(export)();
        return $"{version >> 56}.{version >> 48 & 0xFF}";
    }
}
