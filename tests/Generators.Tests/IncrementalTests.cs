using System.Runtime.CompilerServices;
using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Afterimage.Generators.Tests;

[TestClass]
public sealed class IncrementalTests
{
    private const string Other = "internal static class Other { public const int Number = 1; }";

    [TestMethod]
    public void EditInAnotherFile_ChangesNothing()
    {
        var compilation = Compile();
        var run = GeneratorRun.Of(compilation);
        run.On(Edit(compilation, "Other.cs", "Number = 1", "Number = 2")).AssertNothingDone();
    }

    [TestMethod]
    public void CommentBelowTheClass_ChangesNothing()
    {
        var compilation = Compile();
        var run = GeneratorRun.Of(compilation);
        run.On(Edit(compilation, "Block.cs", "    private Tensor Gate", "    // A comment.\n    private Tensor Gate")).AssertNothingDone();
    }

    [TestMethod]
    public void EditInTheBody_IsEmitted()
    {
        var compilation = Compile();
        var edited = GeneratorRun.Of(compilation).On(Edit(compilation, "Block.cs", "hidden + ffOutput", "hidden - ffOutput"));
        Assert.Contains(IncrementalStepRunReason.Modified, edited.Reasons(TrackingNames.Lower));
        Assert.Contains("hidden - ffOutput", edited.Files.Values.Single());
    }

    [TestMethod]
    public void LineAboveTheBody_MovesTheMap()
    {
        var compilation = Compile();
        var run = GeneratorRun.Of(compilation);
        var edited = run.On(Edit(compilation, "Block.cs", "namespace Sample;", "\nnamespace Sample;"));
        Assert.AreNotEqual(run.Files.Values.Single(), edited.Files.Values.Single());
    }

    [TestMethod]
    public void EditOfAStacksLoop_IsEmitted()
    {
        var compilation = Compilations.Of(("Block.cs", Sample.Read(Sample.OneStack)), ("Other.cs", Other));
        var run = GeneratorRun.Of(compilation);
        run.On(Edit(compilation, "Other.cs", "Number = 1", "Number = 2")).AssertNothingDone();
        var edited = run.On(Edit(compilation, "Block.cs", "hidden.Dispose();", "text.Dispose();"));
        Assert.Contains(IncrementalStepRunReason.Modified, edited.Reasons(TrackingNames.Lower));
        Assert.Contains("text.Dispose();", edited.Files.Values.Single());
    }

    [TestMethod]
    public void RemovedAttribute_RemovesTheFile()
    {
        var compilation = Compile();
        Assert.IsEmpty(GeneratorRun.Of(compilation).On(Edit(compilation, "Block.cs", "[CachedForward]", string.Empty)).Files);
    }

    [TestMethod]
    public void OldCompilations_CanBeCollected()
    {
        var (run, old) = EditOnce();
        for (var i = 0; i < 10 && old.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.IsFalse(old.IsAlive, "The driver holds the compilation before the edit.");
        GC.KeepAlive(run);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (GeneratorRun Run, WeakReference Old) EditOnce()
    {
        var old = Compile();
        var run = GeneratorRun.Of(old);
        var text = old.SyntaxTrees.Select(tree => (tree.FilePath, tree.ToString().Replace("Number = 1", "Number = 3", StringComparison.Ordinal))).ToArray();
        return (run.On(Compilations.Of(text)), new WeakReference(old));
    }

    private static CSharpCompilation Compile() => Compilations.Of(("Block.cs", Sample.Read(Sample.TwoSites)), ("Other.cs", Other));

    private static CSharpCompilation Edit(CSharpCompilation compilation, string path, string from, string to)
    {
        var tree = compilation.SyntaxTrees.Single(candidate => candidate.FilePath == path);
        Assert.Contains(from, tree.ToString());
        var edited = tree.WithChangedText(Microsoft.CodeAnalysis.Text.SourceText.From(
            tree.ToString().Replace(from, to, StringComparison.Ordinal), System.Text.Encoding.UTF8));
        return compilation.ReplaceSyntaxTree(tree, edited);
    }
}
