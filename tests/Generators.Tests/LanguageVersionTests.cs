using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Afterimage.Generators.Tests;

/// <summary>A language version that is too old is one diagnostic at the class.</summary>
[TestClass]
public sealed class LanguageVersionTests
{
    // In C# 9, but for its partial methods.
    private const string Code = """
        using Afterimage;
        using TorchSharp;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Sample
        {
            [SpatialAttention(nameof(attn))]
            public sealed partial class Block : Module<Tensor, Tensor>
            {
                private readonly TorchSharp.Modules.Linear attn = Linear(2, 2);

                public Block() : base("block") { RegisterComponents(); }

                public override partial Tensor forward(Tensor x);

                [CachedForward]
                private Tensor Compute(Tensor x)
                {
                    var y = attn.forward(x);
                    return x.mul(y);
                }
            }

            [CacheableModel]
            public sealed partial class Model : Module<Tensor, Tensor>
            {
                public Model() : base("model") { RegisterComponents(); }

                public override partial Tensor forward(Tensor x);

                [CachedForward]
                private Tensor Compute(Tensor x) { return x; }
            }
        }
        """;

    [TestMethod]
    [DataRow(LanguageVersion.CSharp9, "9.0")]
    [DataRow(LanguageVersion.CSharp10, "10.0")]
    [DataRow(LanguageVersion.CSharp11, "11.0")]
    [DataRow(LanguageVersion.CSharp12, "12.0")]
    public void OldVersion_IsOneDiagnosticPerClass(LanguageVersion version, string name)
    {
        var (run, ours, compilers) = Compile(version);
        Assert.AreSequenceEqual([("AFTER028", "Block"), ("AFTER028", "Model")], ours.Select(found => (found.Id, Analysis.Describe(found).Token)));
        Assert.Contains($"C# {name}:", ours[0].GetMessage());
        Assert.IsEmpty(compilers, string.Join("\n", compilers));
        foreach (var text in run.Files.Values)
            Assert.Contains("=> Compute(x);", text);
    }

    [TestMethod]
    [DataRow(LanguageVersion.CSharp7_3)]
    [DataRow(LanguageVersion.CSharp8)]
    public void VersionWithoutPartialForward_IsToldSoAndGetsNoFiles(LanguageVersion version)
    {
        var (run, ours, compilers) = Compile(version);
        Assert.IsEmpty(run.Files);
        Assert.AreSequenceEqual(["AFTER028", "AFTER028"], ours.Select(found => found.Id));
        // Each forward is what is too new, and has no body.
        Assert.IsLessThanOrEqualTo(4, compilers.Count, string.Join("\n", compilers));
    }

    [TestMethod]
    [DataRow(LanguageVersion.CSharp13)]
    [DataRow(LanguageVersion.CSharp14)]
    [DataRow(LanguageVersion.Preview)]
    public void NewVersion_Compiles(LanguageVersion version)
    {
        var (run, ours, compilers) = Compile(version);
        Assert.IsEmpty(ours);
        Assert.IsEmpty(compilers, string.Join("\n", compilers));
        Assert.Contains("ICachedBlock", run.Files["Sample.Block.g.cs"]);
    }

    private static (GeneratorRun Run, IReadOnlyList<Diagnostic> Ours, IReadOnlyList<Diagnostic> Compilers) Compile(LanguageVersion version)
    {
        var compilation = Compilations.Of(Compilations.ParseOptions.WithLanguageVersion(version), ("Sample.cs", Code));
        if (version < LanguageVersion.CSharp8)
            compilation = compilation.WithOptions(compilation.Options.WithNullableContextOptions(NullableContextOptions.Disable));
        var run = GeneratorRun.Of(compilation);
        var (ours, compilers) = Analysis.Of(run);
        return (run, [.. ours.OrderBy(found => found.Location.SourceSpan.Start)], compilers);
    }
}
