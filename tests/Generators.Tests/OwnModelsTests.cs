using Afterimage.Generators.Tests.Driving;

namespace Afterimage.Generators.Tests;

/// <summary>The generator on the sources of src/Models themselves.</summary>
[TestClass]
public sealed class OwnModelsTests
{
    // Two variants for one site, and twice as many for each further one; none for a model.
    private static readonly string[] s_variants =
    [
        "CogVideoXBlock 4", "CogVideoXTransformer3DModel 0", "FluxSingleTransformerBlock 2", "FluxTransformerBlock 8", "FluxTransformer2DModel 0",
        "LatteSpatialBlock 8", "LatteTemporalBlock 4", "LatteTransformer3DModel 0", "WanTransformerBlock 8", "WanTransformer3DModel 0",
    ];

    [TestMethod]
    public void OwnModels_HaveNoBranchesOfTheGenerator()
    {
        var sources = Directory.GetFiles(Compilations.ModelsFolder, "*.cs", SearchOption.AllDirectories)
            .Where(path => !Path.GetRelativePath(Compilations.ModelsFolder, path).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .Select(path => (path, File.ReadAllText(path)))
            .ToList();
        var run = GeneratorRun.Of(Compilations.Of([.. sources, ("Usings.cs", Compilations.ImplicitUsings)]));

        var authors = sources.SelectMany(source => Branches.In(source.Item2)).ToHashSet();
        foreach (var (name, text) in run.Files)
            Assert.IsEmpty(Branches.In(text).Where(branch => !authors.Contains(branch)), name);

        // A block that is refused would still compile, without any variant.
        Assert.AreSequenceEqual(
            s_variants.Order(StringComparer.Ordinal),
            run.Files.Select(file => $"{file.Key.Split('.')[^3]} {VariantsIn(file.Value)}").Order(StringComparer.Ordinal));
        var (ours, _) = Analysis.Of(run);
        Assert.IsEmpty(ours, string.Join("\n", ours));
    }

    private static int VariantsIn(string text) => text.Split("static (").Length - 1;
}
