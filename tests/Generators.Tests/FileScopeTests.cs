using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Tests;

/// <summary>What a body means in its own file and would not mean in a generated one.</summary>
[TestClass]
public sealed class FileScopeTests
{
    private const string Locals = """
        file static class Ops
        {
            public const long Two = 2;
            public static Tensor Twice(Tensor x) => x.mul(Two);
            public static Tensor Thrice(this Tensor x) => x.mul(3);
            public static IEnumerator<Tensor> GetEnumerator(this Pair pair) { yield return pair.First; }
            public static void Deconstruct(this Pair pair, out Tensor a, out Tensor b) => (a, b) = (pair.First, pair.First);
            public static void Add(this Bag bag, Tensor x) => bag.Items.Add(x);
            public static Pair Select(this Pair pair, Func<Tensor, Tensor> map) => new(map(pair.First));
            extension(Pair)
            {
                public static Pair operator +(Pair a, Pair b) => a;
                public static Tensor Zero => zeros(1);
            }
        }

        file sealed class Local
        {
            public Tensor Value = zeros(1);
            public static implicit operator Tensor(Local local) => local.Value;
        }

        file delegate Tensor Map(Tensor x);

        file enum Mode { One }

        internal sealed record Pair(Tensor First);

        internal sealed class Bag : System.Collections.IEnumerable
        {
            public List<Tensor> Items { get; } = [];
            public System.Collections.IEnumerator GetEnumerator() => Items.GetEnumerator();
        }

        """;

    [TestMethod]
    [DataRow("return [|Ops|].Twice(x) + y;")]
    [DataRow("return [|Twice|](x) + y;")]
    [DataRow("return x.[|Thrice|]() + y;")]
    [DataRow("return [|O|].Twice(x) + y;")]
    [DataRow("return x[[|Ops|].Two] + y;")]
    [DataRow("Console.WriteLine(nameof([|Ops|])); return x + y;")]
    [DataRow("Console.WriteLine(typeof([|Local|])); return x + y;")]
    [DataRow("Console.WriteLine(default([|Mode|])); return x + y;")]
    [DataRow("Console.WriteLine(new List<[|Local|]>()); return x + y;")]
    [DataRow("Console.WriteLine(new [|Local|][1].Length); return x + y;")]
    [DataRow("Take<[|Local|]>(); return x + y;")]
    [DataRow("Console.WriteLine(x is object and not [|Local|]); return x + y;")]
    [DataRow("Tensor z = new [|Local|](); return y + z;")]
    [DataRow("foreach (var z in [|new|] Pair(x)) Console.WriteLine(z); return x + y;")]
    [DataRow("foreach (var z in [|pair|]) Console.WriteLine(z); return x + y;")]
    [DataRow("var (a, b) = pair; return a + b + y;")]
    [DataRow("var bag = new Bag { x }; return x + y;")]
    [DataRow("var p = from t in pair select t; return p.First + y;")]
    [DataRow("var p = pair + pair; return p.First + y;")]
    [DataRow("return Pair.[|Zero|] + y;")]
    public void Use_IsRefusedAndTheBodyStays(string body)
    {
        var marked = body.Replace("[|", "", StringComparison.Ordinal).Replace("|]", "", StringComparison.Ordinal);
        var run = GeneratorRun.Of(Code(marked));
        var (ours, compilers) = Analysis.Of(run);
        Assert.AreEqual("AFTER027", ours.Single().Id, string.Join("\n", ours));
        if (body.IndexOf("[|", StringComparison.Ordinal) is var start and >= 0 && !body.Contains("foreach", StringComparison.Ordinal))
        {
            var end = body.IndexOf("|]", StringComparison.Ordinal);
            Assert.AreEqual(body[(start + 2)..end], Analysis.Describe(ours[0]).Token);
        }

        Assert.IsEmpty(compilers.Where(found => found.Severity == DiagnosticSeverity.Error), string.Join("\n", compilers));
        Assert.Contains("=> Compute(x);", run.Files["Example.Block.g.cs"].ReplaceLineEndings(" "));
    }

    [TestMethod]
    public void FileLocalTypesThatTheBodyDoesNotUse_DoNotMatter()
    {
        var (ours, compilers) = Analysis.Of(Code("return x + y;"));
        Assert.IsEmpty(ours);
        Assert.IsEmpty(compilers.Where(found => found.Severity == DiagnosticSeverity.Error), string.Join("\n", compilers));
    }

    [TestMethod]
    public void UseInAnotherMethod_IsTheClasssOwn()
    {
        var (ours, compilers) = Analysis.Of(Code("return Own(x) + y;"));
        Assert.IsEmpty(ours);
        Assert.IsEmpty(compilers.Where(found => found.Severity == DiagnosticSeverity.Error), string.Join("\n", compilers));
    }

    [TestMethod]
    [DataRow("unsafe { int n; int* p = &n; }")]
    [DataRow("int n = 1; Console.WriteLine(*&n);")]
    [DataRow("int* p = null;")]
    [DataRow("delegate*<int, int> p = null;")]
    public void PointersInAnUnsafeClass_AreRefused(string statement)
    {
        var text = Code($"{statement} return x + y;").Replace("internal sealed partial class", "internal sealed unsafe partial class", StringComparison.Ordinal);
        var compilation = Compilations.Of(("Sample.cs", text));
        var (ours, compilers) = Analysis.Of(GeneratorRun.Of(compilation.WithOptions(compilation.Options.WithAllowUnsafe(true))));
        Assert.Contains("AFTER020", ours.Select(found => found.Id));
        Assert.IsEmpty(compilers.Where(found => found.Severity == DiagnosticSeverity.Error), string.Join("\n", compilers));
    }

    [TestMethod]
    [DataRow("Told(x)")]
    [DataRow("new Teller().Of(x)")]
    [DataRow("this[x]")]
    public void CallThatIsToldItsCaller_IsReported(string call)
    {
        var (ours, _) = Analysis.Of(Code($"return {call} + y;"));
        Assert.AreEqual("AFTER029", ours.Single().Id);
        Assert.AreEqual(DiagnosticSeverity.Warning, ours[0].Severity);
    }

    [TestMethod]
    public void CallThatIsGivenTheName_IsNotReported() => Assert.IsEmpty(Analysis.Of(Code("return Told(x, \"me\") + y;")).Ours);

    [TestMethod]
    public void ExternAlias_BindsInVariants()
    {
        var library = Compilations.Of(("Lib.cs", "namespace Lib; public static class Ops { public static TorchSharp.torch.Tensor Own(TorchSharp.torch.Tensor x) => x.tanh(); }"));
        using var image = new MemoryStream();
        Assert.IsTrue(library.WithAssemblyName("Lib").Emit(image).Success);
        var text = $"extern alias far;\nusing L = far::Lib.Ops;\n{Code("return L.Own(x).mul(far::Lib.Ops.Own(y));")}";
        var reference = MetadataReference.CreateFromImage(image.ToArray(), new MetadataReferenceProperties(aliases: ["far"]));
        var (ours, compilers) = Analysis.Of(GeneratorRun.Of(Compilations.Of(("Sample.cs", text)).AddReferences(reference)));
        Assert.IsEmpty(ours, string.Join("\n", ours));
        Assert.IsEmpty(compilers.Where(found => found.Severity == DiagnosticSeverity.Error), string.Join("\n", compilers));
    }

    [TestMethod]
    public void WarningsAndErrorsThatTheAuthorSilenced_StaySilentInVariants()
    {
        var text = "#pragma warning disable NEW1, CS0612\n" + Code("return Old(x).mul(New(y));").Replace(
            "private static void Take", """
            [Obsolete] private static Tensor Old(Tensor x) => x.tanh();
            [System.Diagnostics.CodeAnalysis.Experimental("NEW1")] private static Tensor New(Tensor x) => x.tanh();
            private static void Take
            """, StringComparison.Ordinal);
        var (_, compilers) = Analysis.Of(text);
        Assert.IsEmpty(compilers.Where(found => found.Id is "NEW1" or "CS0612" || found.Severity == DiagnosticSeverity.Error), string.Join("\n", compilers));
    }

    private static string Code(string body) => Analysis.InPrelude(Locals + $$"""
        internal sealed class Teller([System.Runtime.CompilerServices.CallerMemberName] string caller = "")
        {
            public Tensor Of(Tensor x) => x.mul(caller.Length);
        }

        [SpatialAttention(nameof(attn))]
        internal sealed partial class Block() : Module<Tensor, Tensor>("block")
        {
            private readonly Attention attn = new();
            private readonly Pair pair = new(zeros(1));

            public override partial Tensor forward(Tensor x);

            [CachedForward]
            private Tensor Compute(Tensor x)
            {
                var y = attn.forward(x);
                {{body}}
            }

            public Tensor this[Tensor x, [System.Runtime.CompilerServices.CallerMemberName] string caller = ""] => x.mul(caller.Length);
            private static Tensor Told(Tensor x, [System.Runtime.CompilerServices.CallerMemberName] string caller = "") => x.mul(caller.Length);
            private static Tensor Own(Tensor x) => Ops.Twice(x);
            private static void Take<T>() { }
        }
        """).Replace("using System;\n", "using System;\nusing static Example.Ops;\nusing O = Example.Ops;\n", StringComparison.Ordinal).ReplaceLineEndings("\n");
}
