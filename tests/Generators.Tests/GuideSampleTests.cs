using Afterimage.Generators.Tests.Driving;

namespace Afterimage.Generators.Tests;

/// <summary>samples/AnnotateYourModel: another site is one attribute, and an attribute without its member does not compile.</summary>
[TestClass]
public sealed class GuideSampleTests
{
    private const string Site = "[CrossAttention(nameof(attn2))]\n";

    [TestMethod]
    public void Sample_HasNoDiagnostics()
    {
        var run = GuideSample.Generate(GuideSample.Block, GuideSample.Sources[GuideSample.Block]);
        var (ours, compilers) = Analysis.Of(run);
        Assert.IsEmpty(ours, string.Join("\n", ours));
        Assert.IsEmpty(compilers, string.Join("\n", compilers));
        Assert.AreSequenceEqual(
            ["AnnotateYourModel.FrameBlock.g.cs", "AnnotateYourModel.MotionBlock.g.cs", "AnnotateYourModel.VideoDenoiser.g.cs"],
            run.Files.Keys.Order(StringComparer.Ordinal));
    }

    [TestMethod]
    public void Block_OneAttributeMore_HasTwiceTheVariants()
    {
        var more = GuideSample.GenerateWith(GuideSample.Block, Site, $"{Site}[FeedForward(nameof(ff))]\n");
        var (ours, compilers) = Analysis.Of(more);
        Assert.IsEmpty(ours, string.Join("\n", ours));
        Assert.IsEmpty(compilers, string.Join("\n", compilers));
        Assert.Contains("FrameBlock: 2 sites, 4 variants.", Emitted(GuideSample.Generate(GuideSample.Block, GuideSample.Sources[GuideSample.Block])));
        Assert.Contains("FrameBlock: 3 sites, 8 variants.", Emitted(more));
    }

    [TestMethod]
    [DataRow("nameof(attn2)")]
    [DataRow("\"attn2\"")]
    public void Block_MemberOfASiteRemoved_IsRefusedAtTheAttribute(string argument)
    {
        var source = GuideSample.Sources[GuideSample.Block].Replace("nameof(attn2)", argument, StringComparison.Ordinal);
        foreach (var part in new[]
        {
            "    private readonly Attention attn2;\n",
            "        attn2 = new Attention(width, heads);\n",
            "        var query = norm2.call(hidden);\n        var crossed = attn2.forward(query, prompt);\n        hidden = hidden.Plus(crossed);\n",
        })
        {
            Assert.Contains(part, source);
            source = source.Replace(part, "", StringComparison.Ordinal);
        }

        var (ours, _) = Analysis.Of(GuideSample.Generate(GuideSample.Block, source));
        var found = ours.Single();
        var line = source[..source.IndexOf($"[CrossAttention({argument})]", StringComparison.Ordinal)].Count(c => c == '\n');
        Assert.AreEqual(("AFTER008", line, argument), Analysis.Describe(found));
        Assert.AreEqual("'FrameBlock' has no field or property named 'attn2'", found.GetMessage());
    }

    private static string Emitted(GeneratorRun run) => run.Files["AnnotateYourModel.FrameBlock.g.cs"];
}
