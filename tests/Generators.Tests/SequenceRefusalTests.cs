using Afterimage.Generators.Tests.Driving;

namespace Afterimage.Generators.Tests;

/// <summary>Which sequences ranks cannot share. The token is between brackets with bars.</summary>
[TestClass]
public sealed class SequenceRefusalTests
{
    private const string Body = "var hidden = embed.call(x); var rows = new Rows(x); foreach (var block in blocks) hidden = block.call(hidden); var output = proj_out.call(hidden); return output;";

    [TestMethod]
    [DataRow("[SequenceParallel([|\"nothing\"|])]", "is no local variable")]
    [DataRow("[SequenceParallel([|\"x\"|])]", "is no local variable")]
    [DataRow("[SequenceParallel([|\"output\"|])]", "blocks have run already")]
    [DataRow("[SequenceParallel([|\"rows\"|])]", "is a 'Rows' and not a Tensor")]
    [DataRow("[SequenceParallel(\"hidden\")][SequenceParallel([|\"hidden\"|])]", "is marked twice")]
    [DataRow("[SequenceParallel(\"hidden\")][SequencePositions([|\"hidden\"|], \"hidden\")]", "is marked twice")]
    [DataRow("[SequenceParallel(\"hidden\")][SequencePositions([|\"rows\"|])]", "goes with no sequence")]
    [DataRow("[SequenceParallel(\"hidden\")][SequencePositions([|\"rows\"|], \"text\")]", "goes with 'text'")]
    [DataRow("[SequencePositions([|\"rows\"|], \"hidden\")]", "goes with 'hidden'")]
    public void Sequence_ThatCannotBeSplit_IsRefusedAtItsName(string attributes, string why) => AssertRefused(attributes, "[OutputProjection(nameof(proj_out))]", Body, why);

    [TestMethod]
    public void Sequence_WithoutAnOutputProjection_IsRefused() => AssertRefused("[SequenceParallel([|\"hidden\"|])]", "", Body, "is no model with an [OutputProjection]");

    [TestMethod]
    [DataRow("using var hidden = embed.call(x); foreach (var block in blocks) x = block.call(x); var output = proj_out.call(hidden + x); return output;")]
    [DataRow("{ var hidden = embed.call(x); } foreach (var block in blocks) x = block.call(x); var output = proj_out.call(x); return output;")]
    public void Sequence_ThatCannotBeAssigned_IsRefused(string body) =>
        AssertRefused("[SequenceParallel([|\"hidden\"|])]", "[OutputProjection(nameof(proj_out))]", body, "is no local variable");

    [TestMethod]
    public void Positions_DeclaredBeforeTheirSequence_AreSplitAfterIt()
    {
        const string Code = "var rows = new Rows(x); var (hidden, other) = (embed.call(x), x.clone()); foreach (var block in blocks) hidden = block.call(hidden); var output = proj_out.call(hidden + other + rows.All); return output;";
        var run = GeneratorRun.Of(InModel("[SequenceParallel(\"hidden\")][SequencePositions(\"rows\", \"hidden\")]", "[OutputProjection(nameof(proj_out))]", Code));
        var (ours, compilers) = Analysis.Of(run);
        Assert.IsEmpty(ours, string.Join("\n", ours));
        Assert.IsEmpty(compilers, string.Join("\n", compilers));
        var text = run.Files.Values.Single();
        var split = text.IndexOf("hidden = _cache.Sequence.Split(\"hidden\", hidden);", StringComparison.Ordinal);
        Assert.IsGreaterThan(0, split);
        Assert.IsGreaterThan(split, text.IndexOf("rows = _cache.Sequence.Positions(rows, \"hidden\");", StringComparison.Ordinal));
    }

    private static void AssertRefused(string attributes, string output, string body, string why)
    {
        var (code, starts) = MarkedCode.Read(InModel(attributes, output, body));
        var (ours, _) = Analysis.Of(code);
        var found = ours.Where(each => each.Id == "AFTER042").ToArray();
        Assert.AreSequenceEqual(starts, found.Select(each => each.Location.SourceSpan.Start), string.Join("\n", ours));
        Assert.Contains(why, found[0].GetMessage());
    }

    private static string InModel(string attributes, string output, string body) => Analysis.InPrelude($$"""
        internal sealed record Rows(Tensor All) : ISequencePositions<Rows> { public Rows Select(Func<Tensor, int, Tensor> rows) => new(rows(All, 0)); }

        [CacheableModel]
        [BlockStack(nameof(blocks))]
        {{output}}
        {{attributes}}
        internal sealed partial class Model() : Module<Tensor, Tensor>("model")
        {
            private readonly Attention embed = new();
            private readonly TorchSharp.Modules.ModuleList<Attention> blocks = new();
            private readonly Attention proj_out = new();

            public override partial Tensor forward(Tensor x);

            [CachedForward]
            private Tensor Compute(Tensor x) { {{body}} }
        }
        """);
}
