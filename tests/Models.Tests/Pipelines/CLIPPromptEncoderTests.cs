using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class CLIPPromptEncoderTests
{
    [TestMethod]
    public void EncodePooled_OfATextThatIsTooLong_TellsTheRestAndLeavesNothingElse()
    {
        using var noGrad = no_grad();
        using var model = CLIPTextModel.FromConfig(Config(934));
        var encoder = CLIPPromptEncoder.Of(Tokenizer, model)!;
        Assert.AreEqual(8, encoder.Length);
        var truncated = new List<string>();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using var pooled = encoder.EncodePooled("1 2 3 4 5 6 7 8", truncated);
        Assert.AreEqual(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        CollectionAssert.AreEqual(new long[] { 1, 16 }, pooled.shape);
        Assert.AreEqual("7 8", Assert.ContainsSingle(truncated));
        using var same = encoder.EncodePooled("1 2 3 4 5 6", truncated);
        TensorAssert.Same(pooled, same);
        Assert.HasCount(1, truncated);
    }

    [TestMethod]
    public void Of_PartsThatDoNotGoTogether_IsRefused()
    {
        using var model = CLIPTextModel.FromConfig(Config(933));
        Assert.IsNull(CLIPPromptEncoder.Of(null, model));
        Assert.IsNull(CLIPPromptEncoder.Of(Tokenizer, null));
        Assert.Contains("at most 933 tokens", Assert.ThrowsExactly<ArgumentException>(() => CLIPPromptEncoder.Of(Tokenizer, model)).Message);
    }

    private static CLIPTokenizer Tokenizer { get; } = CLIPTokenizer.FromPretrained(Recording.PathOf("clip-tokenizer-tiny"));

    private static CLIPTextModelConfig Config(int tokens) => new()
    {
        VocabSize = tokens,
        HiddenSize = 16,
        IntermediateSize = 16,
        NumHiddenLayers = 1,
        NumAttentionHeads = 2,
        MaxPositionEmbeddings = 8,
        EosTokenId = 933,
    };
}
