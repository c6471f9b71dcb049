using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Tests.Driving;

/// <summary>The sources of samples/AnnotateYourModel, by file name.</summary>
internal static class GuideSample
{
    public const string Block = "FrameBlock.cs";

    private static readonly string s_folder =
        Path.GetFullPath(Path.Combine(Compilations.ProjectFolder(), "..", "..", "samples", "AnnotateYourModel"));

    public static IReadOnlyDictionary<string, string> Sources { get; } =
        Directory.GetFiles(s_folder, "*.cs").ToDictionary(path => Path.GetFileName(path), File.ReadAllText);

    /// <summary>Generates for the sample as a program, one of its files replaced or added.</summary>
    public static GeneratorRun Generate(string file, string text)
    {
        var sources = new Dictionary<string, string>(Sources) { [file] = text, ["Usings.cs"] = Compilations.ImplicitUsings };
        var compilation = Compilations.Of([.. sources.Select(source => (source.Key, source.Value))]);
        return GeneratorRun.Of(compilation.WithOptions(compilation.Options.WithOutputKind(OutputKind.ConsoleApplication)));
    }

    /// <summary>As above, with an exact part of a file replaced.</summary>
    public static GeneratorRun GenerateWith(string file, string part, string by)
    {
        var parts = Sources[file].Split(part);
        Assert.HasCount(2, parts, $"{file} has not exactly one '{part}'.");
        return Generate(file, string.Join(by, parts));
    }
}
