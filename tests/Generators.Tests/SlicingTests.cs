using Afterimage.Generators.Tests.Driving;

namespace Afterimage.Generators.Tests;

/// <summary>What is left of a body when its site is skipped.</summary>
[TestClass]
public sealed class SlicingTests
{
    [TestMethod]
    [DataRow("var t = x * 2 + 1;")]
    [DataRow("var t = x.Times(2).Plus(x).Clamped(0, 1);")]
    [DataRow("var t = 1.Minus(x) * TensorArithmetic.Full([1], 0.5);")]
    [DataRow("var t = -x;")]
    [DataRow("var t = x[.., 1..];")]
    [DataRow("var t = x[TensorIndex.Slice(0, 1)];")]
    [DataRow("var t = x.view(x.shape).transpose(0, 1).to(x.dtype);")]
    [DataRow("var t = cat([x, x], dim: 1);")]
    [DataRow("var t = cat(new[] { x, x }, 1);")]
    [DataRow("var t = functional.relu(x);")]
    [DataRow("var t = functional.relu(x, inplace: false);")]
    [DataRow("var t = zeros(2, 3, dtype: x.dtype, device: x.device);")]
    [DataRow("var t = norm.forward(x);")]
    [DataRow("var t = norm.call(norm.call(x));")]
    [DataRow("var t = inner.norm.forward(x);")]
    [DataRow("var t = layers[0].call(x);")]
    [DataRow("var t = Known(x);")]
    [DataRow("var t = x.dim() > 2 ? x : x.unsqueeze(0);")]
    [DataRow("var t = x * Math.Sqrt(x.size(0));")]
    [DataRow("var t = $\"{x.dim()}\".Length + x;")]
    [DataRow("using var t = norm.forward(x);")]
    [DataRow("Tensor t = norm.forward(x), u = t + 1; t.Dispose();", "u")]
    [DataRow("var (t, u) = (x + 1, x + 2);")]
    [DataRow("var (t, _) = x.max(1);")]
    [DataRow("var t = new Pair(x, x).First;")]
    [DataRow("var t = x; t = t + 1; t += 1; t ??= x;")]
    [DataRow("var n = 1; n++; var t = x * n;")]
    [DataRow("var t = x switch { { requires_grad: true } => x + 1, _ => x };")]
    [DataRow("var t = pair.First;")]
    [DataRow("var (t, _) = pair;")]
    [DataRow("var t = x.Plus(x).Minus(1).Times(x.Over(2)).Plus(0.5);")]
    [DataRow("var t = 1.Minus(x); t = 0.5.Over(t);")]
    [DataRow("using var u = x.Times(2); var t = u.Plus(x);")]
    public void RemovableStatements_GoWithTheSite(string statements, string argument = "t")
    {
        var skipped = Skipped(statements, argument);
        Assert.AreSequenceEqual(["var y = _attnSlot.Take(0);", "return x + y;"], skipped);
    }

    [TestMethod]
    [DataRow("var t = x.add_(1);")]
    [DataRow("var t = x + 1; t.add_(1);")]
    [DataRow("var t = x.Plus(1); t.Plus_(1);")]
    [DataRow("var t = functional.relu(x, inplace: true);")]
    [DataRow("var t = functional.relu(x, true);")]
    [DataRow("var t = rand_like(x);")]
    [DataRow("var t = functional.dropout(x);")]
    [DataRow("var t = Unknown(x);")]
    [DataRow("var t = norm.Shifted(x);")]
    [DataRow("var t = norm.forward(Unknown(x));")]
    [DataRow("var t = x + 1; field = t;")]
    [DataRow("var t = x + 1; t[0] = x;")]
    [DataRow("var t = (field = x) + 1;")]
    [DataRow("var t = x; if (x.dim() > 2) t = x + 1;")]
    [DataRow("var t = x; for (var i = 0; i < 2; i++) t = t + i;")]
    [DataRow("var t = new List<Tensor> { x }[0];")]
    [DataRow("var t = x; Apply(() => t = x + 1);")]
    [DataRow("Out(x, out var t);")]
    [DataRow("var t = x.with_requires_grad();")]
    [DataRow("var (t, _, _) = counting;")]
    [DataRow("const int n = 2; var t = Unknown(x * n);")]
    public void OtherStatements_Stay(string statements)
    {
        var skipped = Skipped(statements, "t");
        var all = statements.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Contains(all[^1], string.Join(" ", skipped), string.Join("\n", skipped));
    }

    [TestMethod]
    [DataRow("using var scope = NewDisposeScope();")]
    [DataRow("using var guard = no_grad();")]
    [DataRow("var generator = manual_seed(1);")]
    [DataRow("var old = set_grad_enabled(false);")]
    [DataRow("norm.forward(x);")]
    [DataRow("field = x;")]
    [DataRow("x.requires_grad = false;")]
    [DataRow("using (no_grad()) field = x + 1;")]
    [DataRow("if (x.dim() > 9) throw new ArgumentException(\"x\");")]
    public void StatementsOfNoUseToTheSite_StayWithoutWarning(string statement)
    {
        Assert.Contains(statement, string.Join("\n", Skipped(statement, "x")));
        Assert.IsEmpty(Analysis.Of(Code(statement, "x")).Ours);
    }

    [TestMethod]
    [DataRow("Tensor t = x + 1;", "t = x + 2;", "Tensor t;")]
    [DataRow("var (t, u) = (x, x + 1);", "t = Unknown(x);", "Tensor? t;")]
    public void DeletedDeclaration_LeavesADeclarationForLaterAssignments(string before, string after, string declaration)
    {
        var code = Block($"{before}\nvar y = attn.forward(t);\n{after}\nreturn y + x + t;");
        var skipped = SkippedOf(code);
        Assert.Contains($"global::TorchSharp.torch.{declaration}", skipped);
        Assert.Contains(after, skipped);
        Assert.DoesNotContain(before, skipped);
    }

    [TestMethod]
    [DataRow("var y = attn.forward(x); return x + y;", "Take(0)", "var y = _attnSlot.Take(0);")]
    [DataRow("using var y = attn.forward(x); return x + y;", "Take(0)", "using var y = _attnSlot.Take(0);")]
    [DataRow("x = attn.forward(x); return x + 1;", "Take(0)", "x = _attnSlot.Take(0);")]
    [DataRow("Tensor y = attn.call(x); y.Dispose(); return x + y;", "Take(0)", "Tensor y = _attnSlot.Take(0);")]
    [DataRow("var y = attn.forward(x); return y;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); var z = y; return z.MoveToOuterDisposeScope();", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("using var s = NewDisposeScope(); var y = attn.forward(x); return s.MoveToOuter(y);", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); return y.unsqueeze(0).transpose(0, 1);", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); field = y; return x + y;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); y = y + 1; return y;", "Take(0)", "var y = _attnSlot.Take(0);")]
    [DataRow("var y = attn.forward(x); if (x.dim() > 2) x = y; return x;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); return Unknown(y);", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); var p = new Pair(y, x); return p.First;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); return (pair with { First = y }).First;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); return new { T = y }.T;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); return Tuple.Create(y, x).Item1;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); var list = new List<Tensor> { y }; return list[0];", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); var list = new List<Tensor>(); list.Add(y); return list[0];", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); var (a, _) = new Pair(y, x); return a;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); var ok = y is var z; return ok ? z : x;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); return y is var z ? z : x;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); return inner.forward(y);", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); return broadcast_tensors(y, x)[0];", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); return einsum(\"ij->ji\", y);", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); return functional.dropout(y);", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); Apply(() => field = y); return x + y;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); Change(y); return x + y;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); var z = Unknown(y); z.add_(x); return x + y;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); Unknown(y).add_(x); return x + y;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); var ok = y is var z; z.mul_(2); return x + y;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); Out(y, out var z); return z + x;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); var z = Unknown(y); return x + z;", "TakeCopy(0)", "var y = _attnSlot.TakeCopy(0);")]
    [DataRow("var y = attn.forward(x); var n = y.shape[0]; return x + n;", "Take(0)", "var y = _attnSlot.Take(0);")]
    [DataRow("var y = attn.forward(x); return Known(y);", "Take(0)", "var y = _attnSlot.Take(0);")]
    [DataRow("var y = attn.forward(x); return -y;", "Take(0)", "var y = _attnSlot.Take(0);")]
    [DataRow("var y = attn.forward(x); return y * 2;", "Take(0)", "var y = _attnSlot.Take(0);")]
    [DataRow("var y = attn.forward(x); return cat([x, y]);", "Take(0)", "var y = _attnSlot.Take(0);")]
    [DataRow("var y = attn.forward(x); var z = Unknown(x); return x + y + z;", "Take(0)", "var y = _attnSlot.Take(0);")]
    [DataRow("var y = attn.forward(x); return linear.forward(y);", "Take(0)", "var y = _attnSlot.Take(0);")]
    [DataRow("var y = attn.forward(x); y = Known(y); return inner.forward(y);", "Take(0)", "var y = _attnSlot.Take(0);")]
    [DataRow("var y = attn.forward(x); return norm.forward(y) + x;", "Take(0)", "var y = _attnSlot.Take(0);")]
    [DataRow("var y = attn.forward(x); x.add_(y); return x + 1;", "Take(0)", "var y = _attnSlot.Take(0);")]
    [DataRow("var @base = attn.forward(x); return x + @base;", "Take(0)", "var @base = _attnSlot.Take(0);")]
    [DataRow("var @base = attn.forward(x); return @base;", "TakeCopy(0)", "var @base = _attnSlot.TakeCopy(0);")]
    [DataRow("Tensor @y; @y = attn.forward(x); return x + y;", "Take(0)", "y = _attnSlot.Take(0);")]
    [DataRow("Tensor _ = x; _ = attn.forward(x); return x + _;", "Take(0)", "_ = _attnSlot.Take(0);")]
    [DataRow("var y = attn!.forward(x); return x + y;", "Take(0)", "var y = _attnSlot.Take(0);")]
    [DataRow("var y = (attn).forward(x); return x + y;", "Take(0)", "var y = _attnSlot.Take(0);")]
    [DataRow("var y = (this.attn)!.call(x); return x + y;", "Take(0)", "var y = _attnSlot.Take(0);")]
    public void Take_CopiesWhatLeavesTheBlock(string body, string call, string expected)
    {
        var skipped = SkippedOf(Block(body));
        Assert.Contains(expected, skipped, call);
    }

    [TestMethod]
    [DataRow("var (a, b) = pairing.forward(x); return x + a + b;", "var (a, b) = (_pairingSlot.Take(0), _pairingSlot.Take(1));", 2)]
    [DataRow("Tensor _ = x; Tensor c; (_, c) = pairing.forward(x); return _ + c;", "(_, c) = (_pairingSlot.Take(0), _pairingSlot.Take(1));", 2)]
    [DataRow("var (a, b) = pairing.forward(x); return x + b;", "var b = _pairingSlot.Take(0);", 1)]
    [DataRow("var (a, _) = pairing.forward(x); return x + a;", "var a = _pairingSlot.Take(0);", 1)]
    [DataRow("(Tensor a, x) = pairing.forward(x); return x + a;", "(Tensor a, x) = (_pairingSlot.Take(0), _pairingSlot.Take(1));", 2)]
    [DataRow("var t = pairing.forward(x); return x + t.Item2;", "var t = (_pairingSlot.Take(0), _pairingSlot.Take(1));", 2)]
    [DataRow("(Tensor a, Tensor b) t = pairing.forward(x); return x + t.b;", "(Tensor a, Tensor b) t = (_pairingSlot.Take(0), _pairingSlot.Take(1));", 2)]
    [DataRow("var (a, b) = pairing.forward(x); a = x; return a + b;", "var b = _pairingSlot.Take(0);", 1)]
    public void TupleResults_KeepWhatIsRead(string body, string expected, int tensors)
    {
        var code = Block(body, "[SpatialAttention(nameof(pairing))]");
        Assert.Contains(expected, SkippedOf(code));
        Assert.Contains($"SiteKind.SpatialAttention, {tensors})", GeneratorRun.Of(code).Files.Values.Single());
    }

    [TestMethod]
    public void MemberNamedByAKeyword_IsEscaped()
    {
        var code = Block("var y = @in.forward(x); return x + y;", "[SpatialAttention(nameof(@in))]")
            .Replace("private readonly Attention attn", "private readonly Attention @in", StringComparison.Ordinal);
        Assert.Contains("var y = _inSlot.Take(0);", SkippedOf(code));
    }

    [TestMethod]
    [DataRow("var t = x; if (x.dim() > 2) t = x + 1;", "This statement stays when 'attn' is skipped; move what it does into a [NoSideEffects] method")]
    [DataRow("var t = Unknown(x);", "'Unknown' is not known to be free of side effects, so it stays when 'attn' is skipped; mark it [NoSideEffects] or move it")]
    public void StatementThatStays_IsExplained(string statements, string message) =>
        Assert.AreEqual(message, Analysis.Of(Code(statements, "t")).Ours.Single().GetMessage(System.Globalization.CultureInfo.InvariantCulture));

    private static IReadOnlyList<string> Skipped(string statements, string argument) => SkippedOf(Code(statements, argument));

    // The statements of the variant that skips the site; all of it has to compile.
    private static IReadOnlyList<string> SkippedOf(string code)
    {
        var (ours, compilers) = Analysis.Of(code);
        Assert.IsEmpty(compilers.Where(problem => problem.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error), string.Join("\n", compilers));
        Assert.IsEmpty(ours.Where(problem => problem.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error), string.Join("\n", ours));
        var text = GeneratorRun.Of(code).Files.Values.Single();
        var body = text[text.IndexOf("{\n", text.LastIndexOf("ForwardSkip", StringComparison.Ordinal), StringComparison.Ordinal)..];
        return
        [
            .. body.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 1 && !line.StartsWith("#line", StringComparison.Ordinal)),
        ];
    }

    private static string Code(string statements, string argument) =>
        Block($"{statements.Replace("; ", ";\n        ", StringComparison.Ordinal)}\nvar y = attn.forward({argument});\nreturn x + y;");

    private static string Block(string body, string site = "[SpatialAttention(nameof(attn))]") => Analysis.InPrelude($$"""
        internal sealed record Pair(Tensor First, Tensor Second);

        internal sealed record Counting(Tensor First)
        {
            public int Count { get; private set; }

            public void Deconstruct(out Tensor first, out int count, out int next) => (first, count, next) = (First, Count++, Count);
        }

        internal sealed class Inner() : Module<Tensor, Tensor>("inner")
        {
            public readonly Norm norm = new();

            public override Tensor forward(Tensor x) => x;
        }

        {{site}}
        internal sealed partial class Block() : Module<Tensor, Tensor>("block")
        {
            private readonly Attention attn = new();
            private readonly Pairing pairing = new();
            private readonly Norm norm = new();
            private readonly Inner inner = new();
            private readonly TorchSharp.Modules.Linear linear = Linear(1, 1);
            private readonly Pair pair = new(ones(1), ones(1));
            private readonly Counting counting = new(ones(1));
            private readonly TorchSharp.Modules.ModuleList<Norm> layers = new();
            private Tensor? field;

            public override partial Tensor forward(Tensor x);

            public Tensor? Field => field;

            [CachedForward]
            private Tensor Compute(Tensor x)
            {
                {{body}}
            }

            [NoSideEffects]
            private Tensor Known(Tensor x) => x;

            private Tensor Unknown(Tensor x) => x;

            private static void Out(Tensor x, out Tensor t) => t = x;

            private static void Change(Tensor t) => t.add_(1);

            private static void Apply(Action action) => action();
        }
        """);
}
