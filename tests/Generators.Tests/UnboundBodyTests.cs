using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Tests;

/// <summary>Bodies that do not compile as they stand: while they are typed, most are of this kind.</summary>
[TestClass]
public sealed class UnboundBodyTests
{
    [TestMethod]
    [DataRow("var y = attn.forward(z); return x + y;", "CS0103")]
    [DataRow("var y = attn.forward(); return x + y;", "CS7036")]
    [DataRow("var y = attn.forward(x, x); return x + y;", "CS1501")]
    [DataRow("var y = attn.forward(\"x\"); return x + y;", "CS1503")]
    [DataRow("var y = attn.forward(x) return x + y;", "CS1002")]
    [DataRow("var y = attn.forward(x", "CS1026")]
    [DataRow("var y = attn.forward(x.); return x + y;", "CS1001")]
    [DataRow("var y = attn.forward(x.shap); return x + y;", "CS1061")]
    [DataRow("y = attn.forward(x); return x;", "CS0103")]
    [DataRow("x.shap = attn.forward(x); return x;", "CS1061")]
    [DataRow("var (a, b) = attn.forward(x); return x + a;", "CS8129")]
    [DataRow("int y = attn.forward(x); return x + y;", "CS0266")]
    [DataRow("var y = pairing.forward(x); var (a, b, c) = y; return x + a;", "CS8132", "pairing")]
    [DataRow("var (a, b, c) = pairing.forward(x); return x + a;", "CS8132", "pairing")]
    [DataRow("(a, b) = pairing.forward(x); return x;", "CS0103", "pairing")]
    public void Body_IsLeftToTheCompiler(string body, string error, string site = "attn")
    {
        var run = GeneratorRun.Of(Analysis.InPrelude($$"""
            [SpatialAttention(nameof({{site}}))]
            internal sealed partial class Block() : Module<Tensor, Tensor>("block")
            {
                private readonly Attention attn = new();
                private readonly Pairing pairing = new();

                public override partial Tensor forward(Tensor x);

                [CachedForward]
                private Tensor Compute(Tensor x)
                {
                    {{body}}
                }
            }
            """));
        var (_, compilers) = Analysis.Of(run);
        Assert.Contains(error, compilers.Select(found => found.Id), string.Join("\n", compilers));
        Assert.DoesNotContain("CS8795", compilers.Select(found => found.Id));
        Assert.HasCount(1, run.Files);
    }

    [TestMethod]
    public void CallThatDoesNotBind_LeavesThePassThroughAndOtherClassesAlone()
    {
        const string Block = """
            [SpatialAttention(nameof(attn))]
            internal sealed partial class NAME() : Module<Tensor, Tensor>("block")
            {
                private readonly Attention attn = new();

                public override partial Tensor forward(Tensor x);

                [CachedForward]
                private Tensor Compute(Tensor x)
                {
                    var y = attn.forward(ARGUMENT);
                    return x + y;
                }
            }

            """;
        var run = GeneratorRun.Of(Analysis.InPrelude(
            Block.Replace("NAME", "Broken").Replace("ARGUMENT", "z") + Block.Replace("NAME", "Whole").Replace("ARGUMENT", "x")));
        Assert.Contains("forward(Tensor x) =>", run.Files["Example.Broken.g.cs"]);
        Assert.Contains("Compute(x);", run.Files["Example.Broken.g.cs"]);
        Assert.DoesNotContain("ICachedBlock", run.Files["Example.Broken.g.cs"]);
        Assert.Contains("ICachedBlock", run.Files["Example.Whole.g.cs"]);
        var (ours, compilers) = Analysis.Of(run);
        Assert.IsEmpty(ours);
        Assert.AreEqual("CS0103", compilers.Single(found => found.Severity == DiagnosticSeverity.Error).Id);
    }
}
