using Afterimage.Generators.Tests.Driving;

namespace Afterimage.Generators.Tests;

/// <summary>The generator on the sources of src/Models themselves.</summary>
[TestClass]
public sealed class OwnModelsTests
{
    [TestMethod]
    public void OwnModels_HaveNoBranchesOfTheGenerator()
    {
        var sources = Directory.GetFiles(Compilations.ModelsFolder, "*.cs", SearchOption.AllDirectories)
            .Where(path => !Path.GetRelativePath(Compilations.ModelsFolder, path).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .Select(path => (path, File.ReadAllText(path)))
            .ToList();
        var run = GeneratorRun.Of(Compilations.Of([.. sources, ("Usings.cs", Compilations.ImplicitUsings)]));

        var authors = sources.SelectMany(source => Branches.In(source.Item2)).ToHashSet();
        Assert.IsGreaterThanOrEqualTo(2, run.Files.Count);
        foreach (var (name, text) in run.Files)
        {
            Assert.IsEmpty(Branches.In(text).Where(branch => !authors.Contains(branch)), name);
            var block = text.Contains("ICachedBlock", StringComparison.Ordinal);
            Assert.AreEqual(block, text.Contains("private static readonly Variant[] s_variants", StringComparison.Ordinal), $"{name} was refused");
        }
    }
}
