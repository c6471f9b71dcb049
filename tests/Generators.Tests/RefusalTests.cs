using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Tests;

/// <summary>The forms of misuse beyond the examples on the rules' pages. The token is between brackets with bars.</summary>
[TestClass]
public sealed class RefusalTests
{
    [TestMethod]
    [DataRow("AFTER020", "[|Tensor|] Twice(Tensor t) => t * 2; var y = attn.forward(x); return x + y;")]
    [DataRow("AFTER020", "[|ref|] var r = ref x; var y = attn.forward(x); return x + y;")]
    [DataRow("AFTER020", "var y = attn.forward(x); [|goto|] end; [|end|]: x = x + y; return x;")]
    [DataRow("AFTER020", "Func<Tensor> f; f = [|delegate|] { return x; }; var y = attn.forward(f()); return x + y;")]
    [DataRow("AFTER020", "[|unsafe|] { } var y = attn.forward(x); return x + y;")]
    [DataRow("AFTER020", "\n[|#if DEBUG|]\n#endif\nvar y = attn.forward(x); return x + y;")]
    [DataRow("AFTER014", "Tensor y; do { y = [|attn|].forward(x); } while (x.dim() > 2); return x + y;")]
    [DataRow("AFTER014", "var y = x; foreach (var t in x.unbind()) y = [|attn|].forward(t); return x + y;")]
    [DataRow("AFTER014", "var y = Apply(() => [|attn|].forward(x)); return x + y;")]
    [DataRow("AFTER014", "var y = x.dim() > 2 ? [|attn|].forward(x) : x; return x + y;")]
    [DataRow("AFTER014", "Tensor? z = x; var y = z ?? [|attn|].forward(x); return x + y;")]
    [DataRow("AFTER014", "Tensor y = x; try { y = [|attn|].forward(x); } finally { } return x + y;")]
    [DataRow("AFTER014", "Tensor y; { y = [|attn|].forward(x); } return x + y;")]
    [DataRow("AFTER015", "return x + [|attn|].forward(x);")]
    [DataRow("AFTER015", "Tensor y = [|attn|].forward(x), z = y; return x + z;")]
    [DataRow("AFTER015", "var y = [|attn|].forward(x).unsqueeze(0); return x + y;")]
    [DataRow("AFTER015", "x += [|attn|].forward(x); return x;")]
    [DataRow("AFTER015", "[|attn|].forward(x); return x;")]
    [DataRow("AFTER015", "field = [|attn|].forward(x); return x;")]
    [DataRow("AFTER017", "var y = attn.forward(x); var other = [|attn|]; return x + y;")]
    [DataRow("AFTER018", "var y = attn.forward(x); var v = y.view(-1); v.[|zero_|](); return x + y;")]
    [DataRow("AFTER018", "var y = attn.forward(x); [|y[0]|] = x; return x + y;")]
    [DataRow("AFTER018", "var y = attn.forward(x); var z = functional.[|relu|](y, inplace: true); return x + z;")]
    [DataRow("AFTER018", "var y = attn.forward(x); if (x.dim() > 2) y.[|add_|](1); return x + y;")]
    [DataRow("AFTER018", "var y = attn.forward(x); y.[|Times_|](2); return x.Plus(y);")]
    [DataRow("AFTER018", "var y = attn.forward(x); var v = y.view(-1); v.[|PlusScaled_|](v, 2); return x.Plus(y);")]
    [DataRow("AFTER022", "var y = attn.forward(x); if (x.dim() > 2) { [|return|] x; } else { [|return|] x + y; }")]
    [DataRow("AFTER023", "var t = [|new|] List<Tensor> { x }; var y = attn.forward(t[0]); return x + y;")]
    [DataRow("AFTER023", "var t = x; [|if|] (x.dim() > 2) t = x + 1; var y = attn.forward(t); return x + y;")]
    public void Body_IsRefusedAtTheToken(string id, string body) => AssertRefused(id, $$"""
        [SpatialAttention(nameof(attn))]
        internal sealed partial class Block() : Module<Tensor, Tensor>("block")
        {
            private readonly Attention attn = new();
            public Tensor? field;

            public override partial Tensor forward(Tensor x);

            [CachedForward]
            private Tensor Compute(Tensor x)
            {
                {{body}}
            }

            private static Tensor Apply(Func<Tensor> function) => function();
        }
        """);

    [TestMethod]
    public void ParameterByReference_IsRefused() => AssertRefused("AFTER020", """
        [SpatialAttention(nameof(attn))]
        internal sealed partial class Block() : Module<Tensor, Tensor>("block")
        {
            private readonly Attention attn = new();

            public override Tensor forward(Tensor x) => Compute(ref x);

            public partial Tensor forward(ref Tensor x);

            [CachedForward]
            private Tensor Compute(ref Tensor [|x|])
            {
                var y = attn.forward(x);
                return x + y;
            }
        }
        """);

    [TestMethod]
    public void StaticBodyOfAModel_IsRefused() => AssertRefused("AFTER020", """
        [CacheableModel]
        internal sealed partial class Model() : Module<Tensor, Tensor>("model")
        {
            public override partial Tensor forward(Tensor x);

            [CachedForward]
            private static Tensor [|Compute|](Tensor x) => x;
        }
        """);

    [TestMethod]
    public void ContainingTypeThatIsNotPartial_IsNamed() => AssertRefused("AFTER001", """
        internal static class [|Shell|]
        {
            [CacheableModel]
            internal sealed partial class Model() : Module<Tensor, Tensor>("model")
            {
                public override Tensor forward(Tensor x) => Compute(x);

                [CachedForward]
                private Tensor Compute(Tensor x) => x;
            }
        }
        """);

    [TestMethod]
    public void FileLocalType_IsRefused() => AssertRefused("AFTER021", """
        [CacheableModel]
        file sealed partial class [|Model|]() : Module<Tensor, Tensor>("model")
        {
            public override Tensor forward(Tensor x) => Compute(x);

            [CachedForward]
            private Tensor Compute(Tensor x) => x;
        }
        """);

    [TestMethod]
    public void UseInAnotherPart_IsFound() => AssertRefused("AFTER017", """
        [SpatialAttention(nameof(attn))]
        internal sealed partial class Block() : Module<Tensor, Tensor>("block")
        {
            private readonly Attention attn = new();

            public override partial Tensor forward(Tensor x);

            [CachedForward]
            private Tensor Compute(Tensor x)
            {
                var y = attn.forward(x);
                return x + y;
            }
        }

        internal sealed partial class Block
        {
            public Attention Inner => [|attn|];
        }
        """);

    private static void AssertRefused(string id, string marked)
    {
        var (code, starts) = MarkedCode.Read(Analysis.InPrelude(marked.ReplaceLineEndings("\n")));
        var (ours, _) = Analysis.Of(code);
        Assert.AreSequenceEqual(
            starts.Select(start => (id, start)), ours.Select(found => (found.Id, found.Location.SourceSpan.Start)).Order(), string.Join("\n", ours));
    }
}
