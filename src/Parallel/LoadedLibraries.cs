using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Afterimage.Parallel;

/// <summary>The native libraries that this assembly's declarations name, each loaded from the file that is there. Thread-safe.</summary>
internal static class LoadedLibraries
{
    private static readonly ConcurrentDictionary<string, nint> s_libraries = [];

    static LoadedLibraries() => NativeLibrary.SetDllImportResolver(typeof(LoadedLibraries).Assembly, (name, _, _) => s_libraries.GetValueOrDefault(name));

    /// <summary>Loads the first of some files that is there and has a function, under the name that declarations have.</summary>
    /// <returns>Its handle, or 0 where there is none.</returns>
    public static nint Load(string name, string function, params ReadOnlySpan<string> files)
    {
        foreach (var file in files)
        {
            if (NativeLibrary.TryLoad(file, out var library) && NativeLibrary.TryGetExport(library, function, out _))
                return s_libraries[name] = library;
        }
        return 0;
    }
}
