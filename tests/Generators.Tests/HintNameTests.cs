using Afterimage.Generators.Tests.Driving;

namespace Afterimage.Generators.Tests;

/// <summary>Generated files have names of their own, whatever classes are called: one that is taken would cost the whole output.</summary>
[TestClass]
public sealed class HintNameTests
{
    [TestMethod]
    [DataRow("namespace Studio { CLASS(DiTBlock) CLASS(DitBlock) }")]
    [DataRow("namespace Studio { CLASS(Block) } namespace studio { CLASS(Block) CLASS(block) }")]
    [DataRow("namespace Studio { partial class Outer { CLASS(Block) } partial class outer { CLASS(Block) } CLASS(Outer_Block) }")]
    [DataRow("namespace Studio { CLASS(Block) CLASS(Block<T>) CLASS(Block<T, U>) CLASS(Block_1) CLASS(block_1) }")]
    [DataRow("namespace Studio { partial class Shell<T> { CLASS(Block) } partial class Shell { CLASS(Block) } partial class Shell_1 { CLASS(Block) } }")]
    [DataRow("namespace @checked { CLASS(@class) } namespace @checked.@object { partial class @int { CLASS(@string) } }")]
    [DataRow("namespace Größe.日本語 { CLASS(Éclair) CLASS(éclair) CLASS(ı) CLASS(I) CLASS(i) }")]
    [DataRow("namespace N { CLASS(LONG_A) CLASS(LONG_B) CLASS(LONG_a) }")]
    [DataRow("CLASS(Block) namespace N { CLASS(Block) }")]
    [DataRow("CLASS(\\u0061bc) CLASS(Abc)")]
    public void EveryClass_HasAFileOfItsOwn(string shape)
    {
        var text = Shapes.Usings
            + Shapes.Expand(shape.Replace("LONG", string.Concat(Enumerable.Repeat("Långt", 60)), StringComparison.Ordinal), out var classes);
        var run = GeneratorRun.Of(text);
        Assert.HasCount(classes, run.Files);
        Assert.HasCount(classes, run.Files.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase));
        foreach (var name in run.Files.Keys)
            Assert.IsLessThan(200, System.Text.Encoding.UTF8.GetByteCount(name), name);
        var (ours, compilers) = Analysis.Of(run);
        Assert.IsEmpty(ours.Where(found => found.Id != "AFTER021"), string.Join("\n", ours));
        Assert.IsEmpty(compilers.Where(found => found.Id is not "CS8981"), string.Join("\n", compilers));
    }

    [TestMethod]
    public void ClassWithoutNamesake_KeepsItsPlainName()
    {
        var files = GeneratorRun.Of(Shapes.Usings + Shapes.Expand("namespace N { CLASS(A) CLASS(a) CLASS(B) }", out _)).Files.Keys;
        Assert.Contains("N.B.g.cs", files);
        Assert.HasCount(2, files.Where(name => name.StartsWith("N.A-", StringComparison.OrdinalIgnoreCase)));
    }

    [TestMethod]
    public void NamesakeElsewhere_GivesTheSameNamesInAnyOrderOfFiles()
    {
        (string, string)[] files =
        [
            ("A.cs", Shapes.Usings + Shapes.Expand("namespace N { CLASS(Block) }", out _)),
            ("B.cs", Shapes.Usings + Shapes.Expand("namespace N { CLASS(block) }", out _)),
        ];
        Assert.AreSequenceEqual(Names(files), Names([.. files.Reverse()]));
    }

    [TestMethod]
    public void NamesakeThatAppears_RenamesNothingElse()
    {
        var first = ("A.cs", Shapes.Usings + Shapes.Expand("namespace N { CLASS(Block) CLASS(Other) }", out _));
        var run = GeneratorRun.Of(Compilations.Of(first));
        Assert.Contains("N.Block.g.cs", run.Files.Keys);
        var both = run.On(Compilations.Of(first, ("B.cs", Shapes.Usings + Shapes.Expand("namespace N { CLASS(block) }", out _))));
        Assert.IsNull(both.Result.Exception);
        Assert.HasCount(3, both.Files);
        Assert.DoesNotContain("N.Block.g.cs", both.Files.Keys);
        Assert.Contains("N.Other.g.cs", both.Files.Keys);
    }

    private static IEnumerable<string> Names((string, string)[] files) =>
        GeneratorRun.Of(Compilations.Of(files)).Files.Keys.Order(StringComparer.Ordinal);
}
