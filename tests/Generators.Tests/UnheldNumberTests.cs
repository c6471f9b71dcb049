using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Generators.Tests;

/// <summary>AFTER030 and its code fix: numbers that nothing holds while libtorch reads them.</summary>
[TestClass]
public sealed class UnheldNumberTests
{
    [TestMethod]
    [DataRow("return t + t;", "return t.Plus(t);")]
    [DataRow("return t + 1;", "return t.Plus(1);")]
    [DataRow("return 1 + t;", "return t.Plus(1);")]
    [DataRow("return scale + t;", "return t.Plus(scale);")]
    [DataRow("return t - 1;", "return t.Minus(1);")]
    [DataRow("return 1 - t;", "return 1.Minus(t);")]
    [DataRow("return -1 - t;", "return (-1).Minus(t);")]
    [DataRow("return 1.5 - t;", "return 1.5.Minus(t);")]
    [DataRow("return 1f - t;", "return ((double)1f).Minus(t);")]
    [DataRow("return -0.1f - t;", "return ((double)(-0.1f)).Minus(t);")]
    [DataRow("return (byte)3 - t;", "return ((long)((byte)3)).Minus(t);")]
    [DataRow("return 5L - t;", "return 5L.Minus(t);")]
    [DataRow("return t * 2;", "return t.Times(2);")]
    [DataRow("return t * 0.1f;", "return t.Times(0.1f);")]
    [DataRow("return 2 * t;", "return t.Times(2);")]
    [DataRow("return t / 3;", "return t.Over(3);")]
    [DataRow("return 3 / t;", "return 3.Over(t);")]
    [DataRow("return t.add(t);", "return t.Plus(t);")]
    [DataRow("return t.add(2);", "return t.Plus(2);")]
    [DataRow("return t.sub(2);", "return t.Minus(2);")]
    [DataRow("return t.mul(2);", "return t.Times(2);")]
    [DataRow("return t.div(2);", "return t.Over(2);")]
    [DataRow("return t?.add(t)!;", "return t?.Plus(t)!;")]
    [DataRow("return t.clone().add_(t);", "return t.clone().Plus_(t);")]
    [DataRow("return t.clone().mul_(2);", "return t.clone().Times_(2);")]
    [DataRow("return t.clamp(0, 1);", "return t.Clamped(0, 1);")]
    [DataRow("return t.clamp(0.25, 0.75);", "return t.Clamped(0.25, 0.75);")]
    [DataRow("return t.clone().clamp_(0.25, 0.75);", "return t.clone().Clamp_(0.25, 0.75);")]
    [DataRow("return t.square();", "return t.Squared();")]
    [DataRow("return t > 0;", "return t.IsGreater(0);")]
    [DataRow("return t <= 0.5;", "return t.IsAtMost(0.5);")]
    [DataRow("return t.masked_fill(t.IsGreater(0), 7);", "return t.Masked(t.IsGreater(0), 7);", true)]
    [DataRow("return full([2, 3], 0.5);", "return TensorArithmetic.Full([2, 3], 0.5);")]
    [DataRow("return full(t.shape, 2, dtype: ScalarType.Float32);", "return TensorArithmetic.Full(t.shape, 2, dtype: ScalarType.Float32);")]
    [DataRow("t += t; return t;", "t = t.Plus(t); return t;")]
    [DataRow("t *= 0.5; return t;", "t = t.Times(0.5); return t;")]
    [DataRow("t -= 1; t /= 2; return t;", "t = t.Minus(1); t = t.Over(2); return t;")]
    [DataRow("return (t + t) * 2 + t;", "return t.Plus(t).Times(2).Plus(t);")]
    [DataRow("return t - t * (1 + t);", "return t - t * t.Plus(1);")]
    [DataRow("return(t + 1);", "return(t.Plus(1));")]
    [DataRow("return -(t + 1);", "return -t.Plus(1);")]
    [DataRow("return (t /* a */ + 1 /* b */) * 2;", "return (t /* a */ .Plus(1) /* b */).Times(2);")]
    [DataRow("return (t += 1) * 2;", "return (t = t.Plus(1)).Times(2);")]
    [DataRow("return (t - t) * 2 + (t + 1) * 3;", "return (t - t).Times(2).Plus(t.Plus(1).Times(3));")]
    [DataRow("return t.clamp(0, 1).add(t + (2 - t));", "return t.Clamped(0, 1).Plus(t.Plus(2.Minus(t)));")]
    [DataRow("t += t * 2; return t;", "t = t.Plus(t.Times(2)); return t;")]
    [DataRow("return t /* a */ + /* b */ t; // c", "return t /* a */ .Plus(/* b */ t); // c")]
    [DataRow("return t\n            + t;", "return t.Plus(t);")]
    [DataRow("Func<Tensor, Tensor> f = x => x + 1; return f(t);", "Func<Tensor, Tensor> f = x => x.Plus(1); return f(t);")]
    public void Fix_WritesTheSafeForm_WithTheSameValue(string body, string expected, bool hasUsing = false)
    {
        var before = Code(body, hasUsing);
        using var fixing = new Fixing(before);
        Assert.IsNotEmpty(fixing.Found);
        var (after, left) = fixing.FixAll();
        Assert.AreEqual(Code(expected, hasUsing: true), after);
        Assert.IsEmpty(left, string.Join("\n", left));
        AssertSameValue(before, after);
    }

    [TestMethod]
    [DataRow("return nn.Mish().call(t);", "Mish")]
    [DataRow("return t.pow(3);", "pow")]
    [DataRow("return t.mul(3.ToScalar());", "mul")]
    [DataRow("Scalar number = 2; return t.mul(number);", "2")]
    [DataRow("using var two = 2.ToScalar(); return t + two;", "+")]
    [DataRow("return t.clamp(min: 0);", "clamp")]
    [DataRow("Func<Tensor, Tensor> add = t.add; return add(t);", "add")]
    [DataRow("return Number() * t;", "*")]
    [DataRow("static Tensor add(Tensor x, Scalar n) => x.mul(n); return add(t, 2);", "add")]
    public void Analyzer_OfWhatHasNoSafeForm_SaysToHoldTheNumber(string body, string token)
    {
        using var fixing = new Fixing(Code(body));
        var found = Assert.ContainsSingle(fixing.Found.Where(each => Analysis.Describe(each).Token == token), string.Join("\n", fixing.Found));
        Assert.Contains("using var two = 2.ToScalar();", found.GetMessage(System.Globalization.CultureInfo.InvariantCulture));
        Assert.AreEqual(Code(body), fixing.FixAll().Text);
    }

    [TestMethod]
    [DataRow("return t.Plus(t).Times(2).Minus(1);")]
    [DataRow("return t - t * t / t;")]
    [DataRow("using var number = 2.ToScalar(); return t.mul(number);")]
    [DataRow("using Scalar number = 2; return t.mul(number);")]
    [DataRow("return t.mul(s_two);")]
    [DataRow("var n = 1; n += 2; return t.narrow(0, 0, n - 2);")]
    public void Analyzer_OfWhatIsHeld_SaysNothing(string body)
    {
        using var fixing = new Fixing(Code(body, hasUsing: true));
        Assert.IsEmpty(fixing.Found, string.Join("\n", fixing.Found));
    }

    [TestMethod]
    public void Analyzer_LooksAtClassesWithACachedForwardAndAtModulesTheyHold()
    {
        using var fixing = new Fixing("""
            using System.Collections.Generic;
            using Afterimage;
            using TorchSharp;
            using TorchSharp.Modules;
            using static TorchSharp.torch;
            using static TorchSharp.torch.nn;

            internal sealed class Block() : Base("block")
            {
                private readonly Held held = new();
                private readonly ModuleList<Listed> listed = new();
                private Plain Plain { get; } = new();

                [CachedForward]
                public override Tensor forward(Tensor block) => Helper(held.forward(block));
                private static Tensor Helper(Tensor helper) => helper + 1;
                public int Count => listed.Count + Plain.GetHashCode();
            }

            internal abstract class Base(string name) : Module<Tensor, Tensor>(name) { protected static Tensor Parent(Tensor parent) => parent + 1; }
            internal sealed class Held() : Module<Tensor, Tensor>("held")
            {
                private readonly Inner inner = new();
                public override Tensor forward(Tensor held) => inner.forward(held + 1);
            }
            internal sealed class Inner() : Module<Tensor, Tensor>("inner") { public override Tensor forward(Tensor inner) => inner + 1; }
            internal sealed class Listed() : Module<Tensor, Tensor>("listed") { public override Tensor forward(Tensor listed) => listed + 1; }
            internal sealed class Plain { public Tensor Of(Tensor plain) => plain + 1; }
            internal sealed class Other() : Module<Tensor, Tensor>("other") { public override Tensor forward(Tensor other) => other + 1; }
            """);
        Assert.AreSequenceEqual(
            ["helper + 1", "parent + 1", "held + 1", "inner + 1", "listed + 1"],
            fixing.Found.Select(found => found.Location.SourceTree!.GetRoot().FindToken(found.Location.SourceSpan.Start).Parent!.ToString()));
        Assert.IsTrue(fixing.Found.All(found => found.Severity == DiagnosticSeverity.Info));
        Assert.AreEqual(
            "'+' makes a Scalar that a finalizer may free while libtorch reads it: use TensorArithmetic.Plus",
            fixing.Found[0].GetMessage(System.Globalization.CultureInfo.InvariantCulture));
    }

    [TestMethod]
    public void Fix_OfOnePlace_LeavesTheOthers()
    {
        using var fixing = new Fixing(Code("return (t + t) * 2;"));
        Assert.AreEqual(Code("return t.Plus(t) * 2;", hasUsing: true), fixing.FixFirst());
    }

    [TestMethod]
    [DataRow("// Head.\nusing TorchSharp;\n", "// Head.\nusing Afterimage;\nusing TorchSharp;\n")]
    [DataRow("using System;\r\nusing TorchSharp;\r\n", "using System;\r\nusing Afterimage;\r\nusing TorchSharp;\r\n")]
    [DataRow("// Head.\nnamespace Example;\n", "// Head.\nusing Afterimage;\n\nnamespace Example;\n")]
    [DataRow("global using Afterimage;\n", "global using Afterimage;\n")]
    [DataRow("namespace Afterimage.Mine;\n", "namespace Afterimage.Mine;\n")]
    public void Fix_BringsTheClassIntoScope_WhereItIsNot(string before, string after)
    {
        const string Class = """
            internal sealed class Body() : TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>("body")
            {
                [Afterimage.CachedForward]
                public override TorchSharp.torch.Tensor forward(TorchSharp.torch.Tensor t) => CODE;
            }
            """;
        using var fixing = new Fixing(before + Class.Replace("CODE", "t + t", StringComparison.Ordinal));
        Assert.AreEqual(after + Class.Replace("CODE", "t.Plus(t)", StringComparison.Ordinal), fixing.FixAll().Text);
    }

    private static void AssertSameValue(string before, string after)
    {
        using var scope = NewDisposeScope();
        var input = tensor([-1.5f, 0f, 0.1f, 0.5f, 3f, 1e8f]);
        var (expected, actual) = (Run(before), Run(after));
        Assert.AreEqual(expected.dtype, actual.dtype);
        Assert.AreSequenceEqual(expected.shape, actual.shape);
        Assert.AreSequenceEqual(expected.bytes.ToArray(), actual.bytes.ToArray());

        Tensor Run(string text) => EmittedAssembly.Of(text).New<nn.Module<Tensor, Tensor>>("Example.Body").forward(input.clone());
    }

    private static string Code(string body, bool hasUsing = false) => $$"""
        // A file's head.
        using System;
        {{(hasUsing ? "using Afterimage;\n" : string.Empty)}}using TorchSharp;
        using static TorchSharp.torch;

        namespace Example;

        internal sealed class Body() : nn.Module<Tensor, Tensor>("body")
        {
            private static readonly Scalar s_two = 2;
            private readonly double scale = 0.5;

            [Afterimage.CachedForward]
            public override Tensor forward(Tensor t)
            {
                {{body}}
            }

            private int Number() => (int)scale + (s_two is null ? 1 : 2);
        }
        """;
}
