using System.Runtime.CompilerServices;
using Afterimage.Generators.Parsing;
using Afterimage.Generators.Reuse;
using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Tests;

/// <summary>A class is read again only after an edit that can change what it means, and once for the generator and the analyzer.</summary>
[TestClass]
public sealed class ReuseTests
{
    private const string Other = """
        using Afterimage; using TorchSharp; using static TorchSharp.torch; using static TorchSharp.torch.nn;
        namespace Sample;

        public sealed class Norm() : Module<Tensor, Tensor>("norm")
        {
            public override Tensor forward(Tensor x) { return x - x.mean(); }
        }

        public sealed class Unused
        {
            public const int Number = 1;

            public int Twice(int x) { return x * 2; }
        }
        """;

    private const string Checks = "namespace Sample; public static class Checks { public static void Rank(long dim) { if (dim < 2) throw new System.Exception(); } }";

    [TestMethod]
    [DataRow("Unrelated.cs", "Number = 1", "Number = 2")]
    [DataRow("Unrelated.cs", "class Unrelated", "class Renamed")]
    [DataRow("Unrelated.cs", "return 1", "return 2")]
    [DataRow("Checks.cs", "dim < 2", "dim < 3", DisplayName = "body of a method that is called, and not looked into")]
    [DataRow("Checks.cs", "public static void", "/* More. */ public static void", DisplayName = "comment")]
    public void EditThatCannotMatter_ReadsNothing(string path, string from, string to)
    {
        var compilation = Compile();
        var before = Parse(compilation);
        Assert.IsNotNull(before.Spec?.Block);
        Assert.AreSame(before, Parse(Compilations.Edit(compilation, path, from, to)));
    }

    [TestMethod]
    [DataRow("Block.cs", "x.mul(y)", "x.add(y)", DisplayName = "its own body")]
    [DataRow("Other.cs", "x - x.mean()", "x + x.mean()", DisplayName = "a body that was looked into")]
    [DataRow("Checks.cs", "void Rank", "int Rank", DisplayName = "a signature that it can reach")]
    public void EditThatCanMatter_ReadsAgain(string path, string from, string to)
    {
        var compilation = Compile();
        var before = Parse(compilation);
        Assert.AreNotSame(before, Parse(Compilations.Edit(compilation, path, from, to)));
    }

    [TestMethod]
    public void Options_ReadAgain()
    {
        var compilation = Compile();
        Assert.AreNotSame(Parse(compilation), Parse(compilation.WithOptions(compilation.Options.WithNullableContextOptions(NullableContextOptions.Disable))));
    }

    [TestMethod]
    public void ReferenceReplaced_ReadsAgain()
    {
        var compilation = Compile();
        var torch = compilation.References.OfType<PortableExecutableReference>().Single(reference => Path.GetFileName(reference.FilePath) == "TorchSharp.dll");
        Assert.AreNotSame(Parse(compilation), Parse(compilation.ReplaceReference(torch, MetadataReference.CreateFromFile(torch.FilePath!))));
    }

    [TestMethod]
    public void BodyInAnotherProject_ReadsNothing()
    {
        var library = Compilations.Of(("Checks.cs", Checks)).WithAssemblyName("Library");
        var compilation = Compile();
        compilation = compilation.RemoveSyntaxTrees(compilation.SyntaxTrees.Single(tree => tree.FilePath == "Checks.cs")).AddReferences(library.ToMetadataReference());
        var before = Parse(compilation);
        Assert.AreSame(before, Parse(Refer(Compilations.Edit(library, "Checks.cs", "dim < 2", "dim < 3"))));
        Assert.AreNotSame(before, Parse(Refer(Compilations.Edit(library, "Checks.cs", "long dim", "int dim"))));

        CSharpCompilation Refer(CSharpCompilation edited) =>
            compilation.ReplaceReference(compilation.References.OfType<CompilationReference>().Single(), edited.ToMetadataReference());
    }

    [TestMethod]
    public void Analyzer_TakesWhatTheGeneratorRead()
    {
        var compilation = Compile();
        var run = GeneratorRun.Of(compilation);
        Assert.HasCount(compilation.SyntaxTrees.Length + 1, run.Output.SyntaxTrees);
        Assert.AreSame(Parse(compilation), Parse(run.Output));
    }

    [TestMethod]
    public void Generator_TakesWhatTheAnalyzerRead()
    {
        var output = (CSharpCompilation)GeneratorRun.Of(Compile()).Output;
        var anew = Compilations.Anew(output);
        var analyzed = Parse(anew);
        Assert.AreSame(analyzed, Parse(anew.RemoveSyntaxTrees(anew.SyntaxTrees[^1])));
        Assert.AreEqual(Parse(Compile()).Spec, analyzed.Spec);
    }

    [TestMethod]
    public void CompilationsOfTwoGenerators_AreBothRemembered()
    {
        var compilation = Compile();
        var other = compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("global using System;", Compilations.ParseOptions, "Other.g.cs"));
        var (first, second) = (Parse(compilation), Parse(other));
        Assert.AreNotSame(first, second);
        Assert.AreSame(first, Parse(compilation));
        Assert.AreSame(second, Parse(other));
    }

    [TestMethod]
    public void ManyThreads_ReadTheSame()
    {
        var compilation = Compile();
        var specs = Enumerable.Range(0, 32).AsParallel().WithDegreeOfParallelism(8).Select(_ => Parse(compilation).Spec).ToArray();
        Assert.IsTrue(specs.All(specs[0]!.Equals));
    }

    [TestMethod]
    public void WhatIsRemembered_HoldsNoCompilation()
    {
        var (trees, compilation) = ParseOnce();
        for (var i = 0; i < 10 && compilation.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.IsFalse(compilation.IsAlive);
        GC.KeepAlive(trees);
    }

    [TestMethod]
    [DataRow("class Sample { void Run() { } }", 0)]
    [DataRow("[System.Serializable] class Sample { [System.Obsolete] void Run() { } }", 0)]
    [DataRow("class Sample { [Afterimage.CachedForward] void Run() { } }", 1)]
    [DataRow("using Body = Afterimage.CachedForwardAttribute; class Sample { [Body] void Run() { } }", 1)]
    [DataRow("[Afterimage.CacheableModel] partial class Sample { } partial class Sample { }", 2)]
    [DataRow("[Afterimage.FeedForward(\"x\")] class Sample { }", 1)]
    public void Annotations_AreFound(string code, int parts) =>
        Assert.HasCount(parts, Annotations.PartsOf(Compilations.Of(("Sample.cs", code)).Assembly.GetTypeByMetadataName("Sample")!, default));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (SyntaxTree[] Trees, WeakReference Compilation) ParseOnce()
    {
        var compilation = Compile();
        Parse(compilation);
        return ([.. compilation.SyntaxTrees], new WeakReference(compilation));
    }

    private static ParsedClass Parse(Compilation compilation)
    {
        var root = compilation.SyntaxTrees.Single(tree => tree.FilePath == "Block.cs").GetRoot();
        return ParsedClasses.Of(root.DescendantNodes().OfType<ClassDeclarationSyntax>().Single(), compilation, default);
    }

    private static CSharpCompilation Compile() => Compilations.Of(
        ("Block.cs", """
            using Afterimage; using TorchSharp; using static TorchSharp.torch; using static TorchSharp.torch.nn;
            namespace Sample;

            [SpatialAttention(nameof(attn))]
            public sealed partial class Block() : Module<Tensor, Tensor>("block")
            {
                private readonly Norm attn = new();

                public override partial Tensor forward(Tensor x);

                [CachedForward]
                private Tensor Compute(Tensor x)
                {
                    Checks.Rank(x.dim());
                    var y = attn.forward(x);
                    return x.mul(y);
                }
            }
            """),
        ("Other.cs", Other),
        ("Checks.cs", Checks),
        ("Unrelated.cs", "internal static class Unrelated { public const int Number = 1; public static int One() { return 1; } }"));
}
