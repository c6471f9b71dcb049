using System.Runtime.CompilerServices;
using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Afterimage.Generators.Tests;

[TestClass]
public sealed class IncrementalTests
{
    private const string Other = "internal static class Other { public const int Number = 1; public static int Twice(int x) { return x * 2; } }";

    [TestMethod]
    public void EditInAnotherFile_ChangesNothing()
    {
        var compilation = Compile();
        var run = GeneratorRun.Of(compilation);
        run.On(Compilations.Edit(compilation, "Other.cs", "Number = 1", "Number = 2")).AssertNothingDone();
    }

    [TestMethod]
    public void EditInABodyOfAnotherFile_ChangesNothing()
    {
        var compilation = Compile();
        GeneratorRun.Of(compilation).On(Compilations.Edit(compilation, "Other.cs", "x * 2", "x * 3")).AssertNothingDone();
    }

    [TestMethod]
    public void EditInOneBlock_LeavesTheOthersCached()
    {
        var files = Enumerable.Range(0, 5).Select(i => ($"Block{i}.cs", Shapes.Usings + Shapes.Expand($"CLASS(Block{i})", out _))).ToArray();
        var compilation = Compilations.Of(files);
        var edited = GeneratorRun.Of(compilation).On(Compilations.Edit(compilation, "Block2.cs", "x.mul(y)", "x.add(y)"));
        var reasons = edited.Reasons(TrackingNames.Lower);
        Assert.HasCount(5, reasons);
        Assert.ContainsSingle(reason => reason == IncrementalStepRunReason.Modified, reasons);
        Assert.HasCount(4, reasons.Where(reason => reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged));
        var outputs = edited.Result.TrackedOutputSteps.SelectMany(pair => pair.Value).SelectMany(run => run.Outputs).ToArray();
        Assert.HasCount(4, outputs.Where(output => output.Reason == IncrementalStepRunReason.Cached));
        Assert.Contains("x.add(y)", edited.Files["Block2.g.cs"]);
    }

    [TestMethod]
    public void CommentBelowTheClass_ChangesNothing()
    {
        var compilation = Compile();
        var run = GeneratorRun.Of(compilation);
        run.On(Compilations.Edit(compilation, "Block.cs", "    private Tensor Gate", "    // A comment.\n    private Tensor Gate")).AssertNothingDone();
    }

    [TestMethod]
    public void EditInTheBody_IsEmitted()
    {
        var compilation = Compile();
        var edited = GeneratorRun.Of(compilation).On(Compilations.Edit(compilation, "Block.cs", "hidden + ffOutput", "hidden - ffOutput"));
        Assert.Contains(IncrementalStepRunReason.Modified, edited.Reasons(TrackingNames.Lower));
        Assert.Contains("hidden - ffOutput", edited.Files.Values.Single());
    }

    [TestMethod]
    public void LineAboveTheBody_MovesTheMap()
    {
        var compilation = Compile();
        var run = GeneratorRun.Of(compilation);
        var edited = run.On(Compilations.Edit(compilation, "Block.cs", "namespace Sample;", "\nnamespace Sample;"));
        Assert.AreNotEqual(run.Files.Values.Single(), edited.Files.Values.Single());
    }

    [TestMethod]
    public void EditOfAStacksLoop_IsEmitted()
    {
        var compilation = Compilations.Of(("Block.cs", Sample.Read(Sample.OneStack)), ("Other.cs", Other));
        var run = GeneratorRun.Of(compilation);
        run.On(Compilations.Edit(compilation, "Other.cs", "Number = 1", "Number = 2")).AssertNothingDone();
        var edited = run.On(Compilations.Edit(compilation, "Block.cs", "hidden.Dispose();", "text.Dispose();"));
        Assert.Contains(IncrementalStepRunReason.Modified, edited.Reasons(TrackingNames.Lower));
        Assert.Contains("text.Dispose();", edited.Files.Values.Single());
    }

    [TestMethod]
    public void RemovedAttribute_RemovesTheFile()
    {
        var compilation = Compile();
        Assert.IsEmpty(GeneratorRun.Of(compilation).On(Compilations.Edit(compilation, "Block.cs", "[CachedForward]", string.Empty)).Files);
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
}
