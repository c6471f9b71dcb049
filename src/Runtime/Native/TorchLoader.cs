using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace Afterimage.Native;

/// <summary>
/// Helps TorchSharp find and load its native libraries where the runtime's own way fails. Used by the module initializer that the
/// package adds to a project; nothing here runs where the ordinary load succeeds.
/// </summary>
/// <remarks>
/// libtorch is looked for in the folder that the variable <c>AFTERIMAGE_LIBTORCH</c> of the environment names, and else in NuGet's
/// folder of packages. TorchSharp's own library is made to load on systems whose libstdc++ is older than the one it was linked
/// against (Debian 12 has GCC 12.2, the library asks for GCC 13.2's <c>GLIBCXX_3.4.32</c>).
/// </remarks>
public static class TorchLoader
{
    private const string Shim = "LibTorchSharp";
    private static readonly string[] s_libtorch = ["torch_cpu", "torch_cuda"];

    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, nint> s_handles = [];
    private static bool s_registered;
    private static string? s_refusal;

    /// <summary>Offers the fallback to the runtime's library loading. Calling it again does nothing.</summary>
    public static void Register()
    {
        lock (Gate)
        {
            if (s_registered)
                return;
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
            s_registered = true;
        }
    }

    /// <summary>Loads libtorch and TorchSharp's library now, so that what is missing is said before any work, in one line.</summary>
    /// <exception cref="DllNotFoundException">There is no libtorch, it is of another version, or it does not load; the message says what brings it.</exception>
    /// <exception cref="InsufficientMemoryException">The system gives this process fewer addresses than it needs.</exception>
    public static void EnsureLoaded()
    {
        AddressSpace.Check();
        Register();
        foreach (var library in new[] { s_libtorch[0], Shim })
        {
            if (!NativeLibrary.TryLoad(library, typeof(torch).Assembly, null, out var handle))
                throw new DllNotFoundException(s_refusal ?? LibTorchFolder.Missing());
            // What the runtime finds by itself, such as a file beside the program, has not been looked at.
            if (LibTorchVersion.Refusal(handle, LibTorchFolder.FileOf(library)) is { } refusal)
                throw new DllNotFoundException(refusal);
        }
    }

    /// <summary>Asked only after the runtime's own probing has failed; 0 says that we cannot help either.</summary>
    private static nint Resolve(Assembly assembly, string name)
    {
        if (name != Shim && !s_libtorch.Contains(name))
            return 0;
        lock (Gate)
        {
            if (!s_handles.TryGetValue(name, out var handle))
                s_handles[name] = handle = name == Shim ? LoadShim(assembly) : LoadLibTorch(name, assembly);
            return handle;
        }
    }

    private static nint LoadLibTorch(string name, Assembly assembly)
    {
        var file = LibTorchFolder.FileOf(name);
        // Beside the program it may be, and still not load.
        var path = OwnFile(file, assembly) ?? (LibTorchFolder.Find() is { } folder ? Path.Combine(folder, file) : null);
        if (path is null || !File.Exists(path) || Load(path) is not (not 0 and var handle))
            return 0;
        // TorchSharp's library lies elsewhere and asks for this one by name: have it in the process first.
        var whole = Path.Combine(Path.GetDirectoryName(path)!, LibTorchFolder.FileOf("torch"));
        return !File.Exists(whole) || Load(whole) != 0 ? handle : 0;
    }

    private static nint Load(string path)
    {
        try
        {
            // Loading a pipe would wait for someone to write into it.
            RegularFile.Open(path).Dispose();
            var handle = NativeLibrary.Load(path);
            s_refusal = LibTorchVersion.Refusal(handle, path);
            return s_refusal is null ? handle : 0;
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // The system's own words are on the last line.
            s_refusal = $"'{path}' does not load: {exception.Message.Trim().Split('\n')[^1].Trim()}";
        }
        return 0;
    }

    private static nint LoadShim(Assembly assembly)
    {
        var file = LibTorchFolder.FileOf(Shim);
        if (OwnFile(file, assembly) is not { } path)
        {
            s_refusal ??= $"{file}, which is part of TorchSharp's package, is not beside the program: reference TorchSharp, and run what the build or the publish wrote.";
            return 0;
        }
        // A copy lies elsewhere, and its $ORIGIN no longer finds libtorch.
        var libtorch = Path.Combine(Path.GetDirectoryName(path)!, "libtorch.so");
        if (OperatingSystem.IsLinux() && File.Exists(libtorch))
            NativeLibrary.TryLoad(libtorch, out _);
        return Load(OperatingSystem.IsLinux() ? PatchedLibrary.Of(path) ?? path : path);
    }

    private static string? OwnFile(string file, Assembly assembly)
    {
        var searched = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator);
        string?[] folders = [.. searched, AppContext.BaseDirectory, Path.GetDirectoryName(assembly.Location)];
        return folders
            .Where(folder => !string.IsNullOrEmpty(folder))
            .Select(folder => Path.Combine(folder!, file))
            .FirstOrDefault(File.Exists);
    }
}
