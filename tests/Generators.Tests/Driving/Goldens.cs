namespace Afterimage.Generators.Tests.Driving;

/// <summary>Compares generated files with those under Goldens. AFTERIMAGE_UPDATE_GOLDENS=1 writes them instead.</summary>
internal static class Goldens
{
    private static readonly string s_folder = Path.Combine(Compilations.ProjectFolder(), "Goldens");

    public static void AssertMatch(string sample, IReadOnlyDictionary<string, string> files)
    {
        var folder = Path.Combine(s_folder, sample);
        if (Environment.GetEnvironmentVariable("AFTERIMAGE_UPDATE_GOLDENS") == "1")
        {
            Write(folder, files);
            return;
        }

        var expected = Directory.Exists(folder) ? Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToArray() : [];
        Assert.AreSequenceEqual(expected, files.Keys.Select(name => $"{name}.txt").Order(StringComparer.Ordinal), "The set of generated files differs.");
        foreach (var (name, text) in files)
        {
            var golden = File.ReadAllText(Path.Combine(folder, $"{name}.txt")).Replace("%VERSION%", GeneratorInfo.Version, StringComparison.Ordinal);
            Assert.AreEqual(golden, text, $"{sample}/{name} differs from its golden file.");
        }
    }

    private static void Write(string folder, IReadOnlyDictionary<string, string> files)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        foreach (var (name, text) in files)
            File.WriteAllText(Path.Combine(folder, $"{name}.txt"), text.Replace($"\"{GeneratorInfo.Version}\"", "\"%VERSION%\"", StringComparison.Ordinal));
    }
}
