using Afterimage.Execution;
using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Generators.Tests;

/// <summary>What bodies and their modules write into is neither history, nor lost where a site is skipped.</summary>
[TestClass]
public sealed class InPlaceTests
{
    // What reuses has to have the bits of the body, time and again, and the history those of the first time.
    [TestMethod]
    [DataRow("var y = attn.forward(x); var z = silu.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = silu.forward(y.view(-1)); return x + y;", true)]
    [DataRow("var y = attn.forward(x); var z = relu.call(y - 0.3f); var w = relu.call(y); return x + y + z + w;", true)]
    [DataRow("var y = attn.forward(x); var z = act.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = first.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = middle.call(y); return x + y + z;", false)]
    [DataRow("var y = attn.forward(x); var z = dropout.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = writer.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = helped.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = raw.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = keeper.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = given.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = given?.call(y) ?? y; return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = later.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = identity.call(y); var w = silu.call(z); return x + y + w;", true)]
    [DataRow("var y = attn.forward(x); var z = Sequential(Identity(), SiLU(inplace: true)).call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = SiLU(true).call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = (x.dim() > 1 ? silu : plain).call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = y + 0; z = silu.call(z); return x + y + z;", false)]
    [DataRow("var y = attn.forward(x); var z = plain.call(y); return x + y + z;", false)]
    [DataRow("var y = attn.forward(x); var z = polite.call(y); return x + y + z;", false)]
    [DataRow("var y = attn.forward(x); var z = gelu.call(y); return x + y + z;", false)]
    [DataRow("var y = attn.forward(x); var z = list[1].call(linear.call(y)); return x + y + z;", false)]
    [DataRow("var y = attn.forward(x); var z = Act.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = changed.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); Func<Tensor, Tensor> f = silu.call; var z = f(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = new[] { y }.Select(silu.call).ToArray()[0]; return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var act = SiLU(inplace: true); var z = act.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = ((Module<Tensor, Tensor>)silu).call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = wrapped.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = cloning.call(y); return x + y + z;", false)]
    [DataRow("var y = attn.forward(x); var z = looped.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = lambda.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = derived.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = recursive.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = outWriter.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = mutual.call(y); return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var z = new Scale() * y; return x + y + z;", true)]
    [DataRow("var y = attn.forward(x); var n = wrapped.call(x); return x + y + n;", false)]
    [DataRow("var n = changed.call(x); var y = attn.forward(n); return x + y;", false)]
    [DataRow("var n = derived.call(x); var y = attn.forward(n); return x + y;", false)]
    [DataRow("var n = lambda.call(x); var y = attn.forward(n); return x + y;", false)]
    [DataRow("var y = attn.forward(x); y.data<float>()[0, 0] = 7; return x + y;", true)]
    [DataRow("var y = attn.forward(x); var d = y.view(-1).data<float>(); d[1] = 7; return x + y;", true)]
    [DataRow("var y = attn.forward(x); y.bytes.Clear(); return x + y;", true)]
    [DataRow("var y = attn.forward(x); var b = y.bytes; b[2] = 9; return x + y;", true)]
    [DataRow("var y = attn.forward(x); y.view(-1).bytes[3] ^= 1; return x + y;", true)]
    [DataRow("var y = attn.forward(x); System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(y.bytes)[1] = 4; return x + y;", true)]
    [DataRow("var y = attn.forward(x); foreach (var part in y.chunk(2)) part.add_(1); return x + y;", true)]
    [DataRow("var y = attn.forward(x); y.view(-1).storage<float>()[0] = 3; return x + y;", true)]
    [DataRow("var y = attn.forward(x); x.add_(1); return x + y;", false)]
    [DataRow("var n = silu.call(x); var y = attn.forward(n); return x + y;", false)]
    [DataRow("var n = writer.call(x); var y = attn.forward(n); return x + y;", false)]
    [DataRow("var n = given.call(x); var y = attn.forward(n); return x + y;", false)]
    [DataRow("var n = first.call(x); var y = attn.forward(n); return x + y;", false)]
    [DataRow("var n = linear.call(x); n = silu.call(n); var y = attn.forward(n); return x + y;", false)]
    [DataRow("var n = x * 2; using var t = dropout.call(n.view(-1)); var y = attn.forward(n); return x + y + n;", false)]
    [DataRow("var n = x.clone(); (n[0], _) = (x[1], x); var y = attn.forward(n); return x + y + n;", false)]
    public void WhatWrites_LeavesTheHistory_AndRunsWhereItsSiteIsSkipped(string body, bool copies)
    {
        var source = InPlaceBlocks.Of(body);
        var run = GeneratorRun.Of(source);
        Assert.AreEqual(copies, run.Files.Values.Single().Contains("TakeCopy(0)", StringComparison.Ordinal), run.Files.Values.Single());
        Runs(EmittedAssembly.Of(run));
    }

    [TestMethod]
    [DataRow("var (a, b) = pairing.forward(x); var z = silu.call(b); return x + a + b + z;", "var (a, b) = (_pairingSlot.Take(0), _pairingSlot.TakeCopy(1));")]
    [DataRow("var t = pairing.forward(x); var z = silu.call(t.Item1); return x + t.Item1 + t.Item2 + z;", "var t = (_pairingSlot.TakeCopy(0), _pairingSlot.TakeCopy(1));")]
    public void TupleResult_IsCopiedWhereItIsWritten(string body, string expected)
    {
        var run = GeneratorRun.Of(InPlaceBlocks.Of(body, "pairing"));
        Assert.Contains(expected, run.Files.Values.Single());
        Runs(EmittedAssembly.Of(run));
    }

    [TestMethod]
    [DataRow("var n = plain.call(x); var y = attn.forward(n); return x + y;")]
    [DataRow("var n = gelu.call(x); var y = attn.forward(n); return x + y;")]
    [DataRow("var n = middle.call(x); var y = attn.forward(n); return x + y;")]
    [DataRow("var n = polite.call(x); var y = attn.forward(n); return x + y;")]
    [DataRow("var n = list[0].call(x); var y = attn.forward(n); return x + y;")]
    public void FeederThatDoesNotWrite_GoesWithItsSite(string body)
    {
        var run = GeneratorRun.Of(InPlaceBlocks.Of(body));
        var text = run.Files.Values.Single();
        Assert.DoesNotContain("var n", text[text.IndexOf("Tensor ForwardSkipAttn(", StringComparison.Ordinal)..]);
        Assert.IsEmpty(Analysis.Of(run).Ours);
        Runs(EmittedAssembly.Of(run));
    }

    [TestMethod]
    [DataRow("var n = silu.call(x); var y = attn.forward(n); return x + y;", "silu")]
    [DataRow("var n = given.call(x); var y = attn.forward(n); return x + y;", "given")]
    public void FeederThatWrites_StaysAndSaysSo(string body, string module)
    {
        var found = Analysis.Of(InPlaceBlocks.Of(body)).Ours.Single();
        Assert.AreEqual(("AFTER023", module), (found.Id, Analysis.Describe(found).Token));
        Assert.AreEqual(
            $"'{module}' is not known to leave its argument as it is, so it stays when 'attn' is skipped; build it in its class, without inplace, or mark its forward [NoSideEffects]",
            found.GetMessage(System.Globalization.CultureInfo.InvariantCulture));
    }

    [TestMethod]
    [DataRow("first", "var y = first.forward(x); return x + y;", "AFTER033")]
    [DataRow("writer", "var y = writer.forward(x); return x + y;", "AFTER033")]
    [DataRow("writer", "var y = writer.forward(x); return y + 1;", "AFTER033")]
    [DataRow("writer", "var n = x * 2; var m = n.view(-1); var y = writer.forward(n); return x + y + m.sum();", "AFTER033")]
    [DataRow("given", "var y = given.forward(x); return x + y;", "AFTER034")]
    [DataRow("writer", "var n = x * 2; var y = writer.forward(n); return x + y;", null)]
    [DataRow("given", "var n = x * 2; var y = given.forward(n); return x + y;", null)]
    [DataRow("middle", "var y = middle.forward(x); return x + y;", null)]
    [DataRow("polite", "var y = polite.forward(x); return x + y;", null)]
    public void SiteThatWritesItsArgument_IsReportedWhereThatIsSeen(string site, string body, string? rule) =>
        Assert.AreSequenceEqual(rule is null ? [] : [rule], Analysis.Of(InPlaceBlocks.Of(body, site)).Ours.Select(found => found.Id));

    [TestMethod]
    [DataRow("identity", "var y = identity.forward(x); x.add_(1); return x + y;", "add_")]
    [DataRow("identity", "var y = identity.forward(x); var z = silu.call(y); return x + z;", "silu")]
    [DataRow("identity", "var n = x * 2; var m = n.view(-1); var y = identity.forward(n); m.add_(1); return y + 1;", "add_")]
    [DataRow("identity", "var n = x * 2; var y = identity.forward(n.view(-1)); n[0] = x; return x + y.view(4, 4);", "n[0]")]
    [DataRow("dropout", "var n = x * 2; var y = dropout.forward(n); var z = writer.call(n); return y + z;", "writer")]
    [DataRow("identity", "var y = identity.forward(x); var z = y + 1; x.add_(1); return x + z;", null)]
    [DataRow("identity", "var n = x * 2; var y = identity.forward(n); var z = silu.call(y); return x + z;", null)]
    [DataRow("attn", "var y = attn.forward(x); x.add_(1); return x + y;", null)]
    [DataRow("polite", "var y = polite.forward(x); x.add_(1); return x + y;", null)]
    public void SiteThatReturnsItsArgument_IsReportedWhereAWriteTearsThemApart(string site, string body, string? token) =>
        Assert.AreSequenceEqual(
            token is null ? [] : [("AFTER035", token)],
            Analysis.Of(InPlaceBlocks.Of(body, site)).Ours.Where(found => found.Id == "AFTER035").Select(found => (found.Id, Analysis.Describe(found).Token)));

    [TestMethod]
    public void ModuleOfAnotherAssembly_IsKnownByItsPromise()
    {
        const string Library = """
            using Afterimage;
            using TorchSharp;
            using static TorchSharp.torch;
            namespace Library;
            public sealed class Unmarked() : nn.Module<Tensor, Tensor>("unmarked") { public override Tensor forward(Tensor x) => x.mul_(2); }
            public sealed class Marked() : nn.Module<Tensor, Tensor>("marked") { [NoSideEffects] public override Tensor forward(Tensor x) => x * 2; }
            """;
        var library = Compilations.Of(("Library.cs", Library));
        using var image = new MemoryStream();
        Assert.IsTrue(library.WithAssemblyName("Library").Emit(image).Success);
        var reference = MetadataReference.CreateFromImage(image.ToArray());
        foreach (var (module, take) in new[] { ("Unmarked", "TakeCopy(0)"), ("Marked", "Take(0)") })
        {
            var source = InPlaceBlocks.Of("var y = attn.forward(x); var z = other.call(y); return x + y + z;")
                .Replace("private readonly Attention attn", $"private readonly Library.{module} other = new(); private readonly Attention attn", StringComparison.Ordinal);
            var run = GeneratorRun.Of(Compilations.Of(("Sample.cs", source)).AddReferences(reference));
            Assert.Contains($"var y = _attnSlot.{take};", run.Files.Values.Single());
        }
    }

    private static void Runs(EmittedAssembly assembly)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var block = assembly.New<nn.Module<Tensor, Tensor>>("Example.Block", nn.SiLU(inplace: true));
        var input = linspace(-2, 2, 16).view(4, 4);
        // What a module keeps between calls is its own: a body with a keeper is compared from its second call on.
        Uncached();
        var (expected, left) = Uncached();
        var slot = new FakeSlot();
        var cached = (ICachedBlock)block;
        foreach (var mask in new[] { 0, 1, 1, 1 })
        {
            cached.Select(mask, [slot]);
            var given = input.clone();
            var got = block.forward(given);
            Assert.IsTrue(got.equal(expected).all().item<bool>(), $"variant {mask}: got {Shown(got)}, expected {Shown(expected)}");
            Assert.IsTrue(given.equal(left).all().item<bool>(), $"variant {mask} left its input as {Shown(given)}, the body as {Shown(left)}");
        }

        (Tensor, Tensor) Uncached()
        {
            var given = input.clone();
            return (block.forward(given), given);
        }

        static string Shown(Tensor values) => string.Join(" ", values.contiguous().data<float>().ToArray());
    }
}
