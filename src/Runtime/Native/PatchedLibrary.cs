using System.Security.Cryptography;

namespace Afterimage.Native;

/// <summary>A private copy of TorchSharp's library that does without the newest version of libstdc++.</summary>
internal static class PatchedLibrary
{
    /// <summary>The copy's path, in a folder that only this user can write to, under a name made of its content; null if nothing is to be changed.</summary>
    public static string? Of(string original)
    {
        var image = File.ReadAllBytes(original);
        return ElfVersionNeeds.TryMakeWeak(image, "GLIBCXX_3.4.32") ? Write(image, Path.GetFileNameWithoutExtension(original)) : null;
    }

    private static string Write(byte[] image, string name)
    {
        var cache = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        var folder = string.IsNullOrEmpty(cache)
            ? Directory.CreateTempSubdirectory("afterimage-").FullName
            : Path.Combine(cache, "afterimage", "native");
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
#pragma warning disable CA1416 // Asked for on Linux only.
        Directory.CreateDirectory(folder, ownerOnly);
#pragma warning restore CA1416
        var path = Path.Combine(folder, $"{name}-{Convert.ToHexString(SHA256.HashData(image))[..16]}.so");
        // Another process may be writing the same file: each writes its own and renames, which is atomic.
        if (!File.Exists(path) || new FileInfo(path).Length != image.Length)
            WholeFile.Write(path, stream => stream.Write(image));
        return path;
    }
}
