using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Security.Cryptography;

namespace Afterimage.Native;

/// <summary>
/// Loads TorchSharp's native library on systems whose libstdc++ is older than the one it was linked against (Debian 12 has
/// GCC 12.2, the library asks for GCC 13.2's <c>GLIBCXX_3.4.32</c>). Used by the module initializer that the package adds to
/// a project; nothing here runs where the ordinary load succeeds.
/// </summary>
public static class TorchLoader
{
    private const string Library = "LibTorchSharp";

    private static readonly Lock Gate = new();
    private static bool s_registered;
    private static nint s_handle;

    /// <summary>Offers the fallback to the runtime's library loading. Calling it again does nothing.</summary>
    public static void Register()
    {
        lock (Gate)
        {
            if (s_registered || !OperatingSystem.IsLinux())
                return;
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
            s_registered = true;
        }
    }

    /// <summary>Asked only after the runtime's own probing has failed; 0 says that we cannot help either.</summary>
    private static nint Resolve(Assembly assembly, string name)
    {
        if (name != Library)
            return 0;
        lock (Gate)
        {
            if (s_handle == 0 && Find($"lib{Library}.so", assembly) is { } original)
                s_handle = LoadWithWeakVersions(original);
            return s_handle;
        }
    }

    private static string? Find(string file, Assembly assembly)
    {
        var searched = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator);
        string?[] folders = [.. searched, AppContext.BaseDirectory, Path.GetDirectoryName(assembly.Location)];
        return folders
            .Where(folder => !string.IsNullOrEmpty(folder))
            .Select(folder => Path.Combine(folder!, file))
            .FirstOrDefault(File.Exists);
    }

    private static nint LoadWithWeakVersions(string original)
    {
        var image = File.ReadAllBytes(original);
        if (!ElfVersionNeeds.TryMakeWeak(image, "GLIBCXX_3.4.32"))
            return 0;

        // The copy lies elsewhere, so its $ORIGIN no longer finds libtorch: have it in the process first.
        var libtorch = Path.Combine(Path.GetDirectoryName(original)!, "libtorch.so");
        if (File.Exists(libtorch))
            NativeLibrary.Load(libtorch);
        return NativeLibrary.TryLoad(PrivateCopy(image), out var handle) ? handle : 0;
    }

    /// <summary>Writes the image into a folder that only this user can write to, under a name made of its content.</summary>
    private static string PrivateCopy(byte[] image)
    {
        var cache = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        var folder = string.IsNullOrEmpty(cache)
            ? Directory.CreateTempSubdirectory("afterimage-").FullName
            : Path.Combine(cache, "afterimage", "native");
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
#pragma warning disable CA1416 // Register returns early on anything but Linux.
        Directory.CreateDirectory(folder, ownerOnly);
#pragma warning restore CA1416
        var path = Path.Combine(folder, $"lib{Library}-{Convert.ToHexString(SHA256.HashData(image))[..16]}.so");
        // Another process may be writing the same file: each writes its own and renames, which is atomic.
        if (!File.Exists(path) || new FileInfo(path).Length != image.Length)
            WholeFile.Write(path, stream => stream.Write(image));
        return path;
    }
}
