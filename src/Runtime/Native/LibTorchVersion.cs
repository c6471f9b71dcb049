using System.Runtime.InteropServices;
using TorchSharp;

namespace Afterimage.Native;

/// <summary>The version that a loaded libtorch says it is of. Another than TorchSharp was built for loads, and then takes numbers for other ones.</summary>
internal static class LibTorchVersion
{
    private delegate ulong AbiVersion();

    /// <summary>Says in one line that a library is of another version; null if it is not, or does not say.</summary>
    /// <param name="library">The library.</param>
    /// <param name="name">What it is called.</param>
    public static string? Refusal(nint library, string name) =>
        Of(library) is not { } version || LibTorchFolder.Version.StartsWith($"{version}.", StringComparison.Ordinal)
            ? null
            : $"'{name}' is of libtorch {version}, and TorchSharp {typeof(torch).Assembly.GetName().Version!.ToString(3)} needs {LibTorchFolder.Version}: "
                + $"reference the packages of that version, or set {LibTorchFolder.Variable} to a folder that has it.";

    /// <summary>Its first two numbers, such as 2.10; null if the library does not export them, as TorchSharp's own does not.</summary>
    private static string? Of(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, "aoti_torch_abi_version", out var export))
            return null;
        var version = Marshal.GetDelegateForFunctionPointer<AbiVersion>(export)();
        return $"{version >> 56}.{version >> 48 & 0xFF}";
    }
}
