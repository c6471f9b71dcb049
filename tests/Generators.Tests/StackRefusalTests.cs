using Afterimage.Generators.Tests.Driving;

namespace Afterimage.Generators.Tests;

/// <summary>What a body may do with a stack, beyond the examples on the rules' pages. The token is between brackets with bars.</summary>
[TestClass]
public sealed class StackRefusalTests
{
    [TestMethod]
    [DataRow("AFTER038", "x = [|blocks|][0].call(x); return x;")]
    [DataRow("AFTER038", "while (x.dim() > 2) x = [|blocks|][0].call(x); return x;")]
    [DataRow("AFTER038", "{ foreach (var block in [|blocks|]) x = block.call(x); } return x;")]
    [DataRow("AFTER038", "foreach (var block in blocks) x = block.call(x); foreach (var block in [|blocks|]) x = block.call(x); return x;")]
    [DataRow("AFTER039", "Tensor y; for (var i = 0; ; i++) { [|y|] = blocks[i].call(x); break; } return y;")]
    [DataRow("AFTER039", "Tensor? y = null; foreach (var block in blocks) { [|y|] = block.call(x); } return y!;")]
    [DataRow("AFTER039", "var n = 0; foreach (var block in blocks) { x = block.call(x); [|n|]++; } return x + n;")]
    [DataRow("AFTER039", "var all = new List<Tensor>(); foreach (var block in blocks) { x = block.call(x); [|all|].Add(x.clone()); } return x + all[0];")]
    [DataRow("AFTER039", "var all = new Tensor[9]; foreach (var block in blocks) { x = block.call(x); [|all|][0] = x.clone(); } return x + all[0];")]
    [DataRow("AFTER039", "var n = x.shape; foreach (var block in blocks) { x = block.call(x); [|n|][0]++; } return x * n[0];")]
    [DataRow("AFTER033", "var y = x.clone(); var z = y; foreach (var block in blocks) { z.add_(block.call([|x|])); [|z|] = x; } return z + y;")]
    [DataRow("AFTER033", "var y = x.clone(); foreach (var block in blocks) { Generic<int>.Doubled([|y|]); x = block.call(x); } return x + y;")]
    [DataRow("AFTER033", "var y = x.clone(); foreach (var block in blocks) { Plain.Doubled([|y|]); x = block.call(x); } return x + y;")]
    [DataRow("AFTER022", "foreach (var block in blocks) { x = block.call(x); if (x.dim() > 2) [|return|] x; } return x;")]
    [DataRow("AFTER020", "foreach (var block in blocks) { x = block.call(x); [|goto|] end; } [|end|]: x = x + x; return x;")]
    [DataRow("AFTER033", "foreach (var block in blocks) [|x|] = x.add_(block.call(x)); return x;")]
    [DataRow("AFTER033", "var y = x.clone(); foreach (var block in blocks) { var part = [|y|].narrow(0, 0, 1); part.mul_(2); x = block.call(x); } return x + y;")]
    [DataRow("AFTER034", "foreach (var block in blocks) { Keep(x); [|x|] = block.call(x); } return x;")]
    public void Body_IsRefusedAtTheToken(string id, string body)
    {
        var (code, starts) = MarkedCode.Read(InModel(body));
        var (ours, _) = Analysis.Of(code);
        var found = ours.Select(found => (found.Id, found.Location.SourceSpan.Start)).Order().ToArray();
        Assert.AreSequenceEqual(starts.Select(start => (id, start)), found, string.Join("\n", ours));
    }

    [TestMethod]
    [DataRow("foreach (var block in blocks) x = block.call(x); return x;", true)]
    [DataRow("foreach (Attention block in this.blocks) { x = block.call(x); if (x.dim() > 2) continue; } return x;", true)]
    [DataRow("for (var i = 0; i < blocks.Count; i++) x = blocks[i].call(x); return x;", false)]
    [DataRow("foreach (var block in blocks.Take(2)) x = block.call(x); return x;", false)]
    [DataRow("foreach (var block in blocks) { x = block.call(x); if (x.dim() > 2) break; } return x;", false)]
    [DataRow("foreach (var block in blocks) { while (true) break; x = block.call(x); } return x;", true)]
    [DataRow("foreach (var block in blocks) { if (x.dim() > 2) throw new InvalidOperationException(); x = block.call(x); } return x;", true)]
    [DataRow("var n = 0; foreach (var block in blocks) { x = block.call(x); n++; } return x;", false)]
    [DataRow("Tensor last; foreach (var block in blocks) { last = block.call(x); x = last; } return x;", true)]
    [DataRow("var y = x; foreach (var block in blocks) { y = block.call(y); y.add_(1); } return x + y;", true)]
    [DataRow("var n = x.shape; foreach (var block in blocks) { x = block.call(x); if (n[0] > 2) x = x.mul(n.Length); } return x * n[0];", true)]
    [DataRow("var y = x; foreach (var block in blocks) { var next = block.call(y); next.add_(1); y = next; } return x + y;", true)]
    public void Body_IsSliced(string body, bool hasGate)
    {
        var run = GeneratorRun.Of(InModel(body));
        var (ours, compilers) = Analysis.Of(run);
        Assert.IsEmpty(ours, string.Join("\n", ours));
        Assert.IsEmpty(compilers, string.Join("\n", compilers) + run.Files.Values.Single());
        Assert.AreEqual(hasGate, run.Files.Values.Single().Contains("HasGate => true", StringComparison.Ordinal));
    }

    private static string InModel(string body) => "using System.Linq;\n" + Analysis.InPrelude($$"""
        internal static class Generic<T> { public static void Doubled(Tensor t) => t.mul_(2); }
        internal static class Plain { public static void Doubled(Tensor t) => t.mul_(2); }

        [CacheableModel]
        [BlockStack(nameof(blocks))]
        internal sealed partial class Model() : Module<Tensor, Tensor>("model")
        {
            private readonly TorchSharp.Modules.ModuleList<Attention> blocks = new();

            public override partial Tensor forward(Tensor x);

            [CachedForward]
            private Tensor Compute(Tensor x)
            {
                {{body}}
            }

            private static void Keep(Tensor t) => s_kept.Add(t);

            private static readonly List<Tensor> s_kept = new();
        }
        """.ReplaceLineEndings("\n"));
}
