using Afterimage.Generators.Tests.Driving;

namespace Afterimage.Generators.Tests;

/// <summary>The table at the head of a generated file says all that a variant does not run.</summary>
[TestClass]
public sealed class NotRunTests
{
    [TestMethod]
    [DataRow("var y = attn.forward(norm.forward(x)); return x + y;", "norm.forward(x)")]
    [DataRow("var y = attn.forward(norm.forward(norm.call(x)).mul(x)); return x + y;", "norm.forward(norm.call(x)).mul(x)")]
    [DataRow("var y = attn.forward(x[.., 1..]); return x + y;", "x[.., 1..]")]
    [DataRow("var y = attn.forward(x: norm.forward(x)); return x + y;", "norm.forward(x)")]
    [DataRow("var t = norm.forward(x); var y = attn.forward(t + t); return x + y;", "norm.forward(x)", "t + t")]
    [DataRow("var y = attn.forward(x); return x + y;", "-")]
    [DataRow("var y = attn.forward(x!); return x + y;", "-")]
    [DataRow("var y = attn.forward(this.field); return x + y;", "-")]
    [DataRow("var t = x.mul(@\"a\nb\".Length); var y = attn.forward(t); return x + y;", "x.mul(@\"a b\".Length)")]
    [DataRow("var t = x.mul(\"\"\"\n    a\n    b\n    \"\"\".Length); var y = attn.forward(t); return x + y;", "x.mul(\"\"\"     a     b     \"\"\".Length)")]
    public void SkippedSite_TakesItsArgumentsWithIt(string body, params string[] notRun)
    {
        var run = GeneratorRun.Of(Analysis.InPrelude($$"""
            [SpatialAttention(nameof(attn))]
            internal sealed partial class Block() : Module<Tensor, Tensor>("block")
            {
                private readonly Attention attn = new();
                private readonly Norm norm = new();
                private readonly Tensor field = zeros(1);

                public override partial Tensor forward(Tensor x);

                [CachedForward]
                private Tensor Compute(Tensor x)
                {
                    {{body}}
                }
            }
            """));
        var (ours, compilers) = Analysis.Of(run);
        Assert.IsEmpty(ours, string.Join("\n", ours));
        Assert.IsEmpty(compilers, string.Join("\n", compilers));
        var lines = run.Files.Values.Single().Split('\n');
        var start = lines.ToList().FindIndex(line => line.Contains("ForwardSkipAttn", StringComparison.Ordinal));
        var column = lines[start].IndexOf("skip", StringComparison.Ordinal) + "compute  ".Length;
        Assert.AreSequenceEqual(notRun, lines[start..].TakeWhile(line => line.StartsWith("//", StringComparison.Ordinal)).Select(line => line[column..]));
    }
}
