using System.Reflection;
using System.Runtime.InteropServices;

namespace Afterimage.Native;

/// <summary>Where libtorch lies, for a program that does not bring it.</summary>
internal static class LibTorchFolder
{
    /// <summary>Names a folder with a libtorch, before NuGet's is looked for.</summary>
    public const string Variable = "AFTERIMAGE_LIBTORCH";

    /// <summary>The version of the packages that TorchSharp's library is built for.</summary>
    public static readonly string Version = typeof(LibTorchFolder).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "LibTorchVersion").Value!;

    private static readonly string s_system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";

    private static string Runtime => $"{s_system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    private static string Package => $"libtorch-cpu-{Runtime}";

    private static string Packages => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
        ? set
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>What the file of a library is called here.</summary>
    public static string FileOf(string library) => s_system switch
    {
        "win" => $"{library}.dll",
        "osx" => $"lib{library}.dylib",
        _ => $"lib{library}.so",
    };

    /// <summary>
    /// The folder that the environment names, or else that of the package which NuGet has unpacked for some project; null if
    /// there is no libtorch in it.
    /// </summary>
    public static string? Find()
    {
        string[] folders = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
            ? [named, Path.Combine(named, "lib")]
            : [Path.Combine(Packages, Package, Version, "runtimes", Runtime, "native")];
        return folders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, FileOf("torch_cpu")))) is { } found ? Path.GetFullPath(found) : null;
    }

    /// <summary>Says in one line that there is none, and what brings it.</summary>
    public static string Missing()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return $"{Variable} is '{named}', and there is no {FileOf("torch_cpu")} in it: expected the folder with libtorch {Version}'s libraries.";
        return Runtime is "linux-x64" or "win-x64" or "osx-arm64"
            ? $"libtorch {Version} is missing. 'dotnet package download {Package}@{Version} --output \"{Packages}\"' fetches it once, "
                + $"for every program of yours; or set {Variable} to a folder that has it."
            : $"libtorch {Version} is missing, and NuGet has no package of it for {Runtime}: set {Variable} to a folder that has it.";
    }
}
