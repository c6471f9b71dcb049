using Afterimage.Generators.Parsing;
using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Tests;

/// <summary>The short way to a statement's reads and writes says what the compiler's analysis says.</summary>
[TestClass]
public sealed class StraightFlowTests
{
    private const string Statements = """
        var a = x + y;
        Tensor b = a;
        using var c = norm.forward(a);
        var (d, e) = (x, a);
        (d, e) = (e, d);
        (d, var f) = (e, x[.., 1..]);
        (_, e) = (x, y);
        x = x + 1;
        y = pair.Item1;
        pair = (x, y);
        pair.Item1 = x;
        var g = pair.ToString();
        var h = n.ToString();
        var i = n > 1 ? a : b;
        var j = maybe ?? a;
        var k = maybe?.view(-1);
        var l = n > 1 && a.dim() > 1 || b.dim() > 2;
        var m = $"{n} {a}";
        var o = cat([a, b], dim: n);
        var p = cat(new[] { a, b }, n);
        var q = n switch { 1 => a, _ => b };
        var r = x is { } s ? s : y;
        var t = (maybe = a) + 1;
        var u = n++;
        var v = nameof(a);
        n += 1;
        n++;
        maybe ??= a;
        var w = Apply(() => a);
        var z = new List<Tensor> { a };
        var aa = new List<Tensor>(n);
        a.Dispose();
        a.add_(b);
        maybe?.Dispose();
        Out(a, out b);
        a[0] = b;
        field = a;
        var ab = a!;
        var ac = (a, b);
        var ad = ac.Item2 + this.field!;
        var (ae, (af, ag)) = (a, (b, x));
        const int Constant = 2;
        var ah = a * Constant;
        Tensor ai = a, aj = ai;
        Tensor ak;
        if (n > 1) x = y;
        var al = default(Tensor);
        var am = x.size(n) * Math.Sqrt(n);
        var an = maybe ?? throw new ArgumentException("x");
        var ao = -a;
        var ap = (object)a;
        var aq = (Func<int>)a.GetHashCode;
        var ar = a.shape[^1];
        var at = a.shape[1..];
        return x;
        """;

    [TestMethod]
    public void StraightFlow_AgreesWithTheCompiler()
    {
        var code = Analysis.InPrelude($$"""
            internal sealed class Flow(Norm norm)
            {
                private Tensor? field;

                private Tensor Body(Tensor x, Tensor y, Tensor? maybe, (Tensor, Tensor) pair, int n)
                {
                    {{Statements}}
                }

                private static Tensor Apply(Func<Tensor> function) => function();

                private static void Out(Tensor a, out Tensor b) => b = a;
            }
            """);
        var compilation = Compilations.Of(("Flow.cs", code));
        Assert.IsEmpty(compilation.GetDiagnostics().Where(problem => problem.Severity == DiagnosticSeverity.Error), string.Join("\n", compilation.GetDiagnostics()));
        var tree = compilation.SyntaxTrees.Single();
        var model = compilation.GetSemanticModel(tree);
        var body = tree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>().Single(method => method.Identifier.ValueText == "Body").Body!;
        var straight = 0;
        foreach (var statement in body.Statements)
        {
            if (StraightFlow.Of(model.GetOperation(statement)) is { } flow)
            {
                straight++;
                var expected = StatementFlow.Analyzed(statement, model)!;
                Assert.AreEqual(Names(expected.Reads), Names(flow.Reads), $"reads of {statement}");
                Assert.AreEqual(Names(expected.Writes), Names(flow.Writes), $"writes of {statement}");
                Assert.AreEqual(Names(expected.Kills), Names(flow.Kills), $"kills of {statement}");
                Assert.AreEqual(Names(expected.Declares), Names(flow.Declares), $"declarations of {statement}");
            }
        }

        Assert.IsGreaterThan(25, straight, "The short way is hardly ever taken.");
    }

    private static string Names(IEnumerable<ISymbol> symbols) => string.Join(" ", symbols.Select(symbol => symbol.Name).Order(StringComparer.Ordinal));
}
