using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class T5TokenizerTests
{
    private const string Folder = "t5-tokenizer-tiny";

    private static readonly T5Tokenizer s_tokenizer = T5Tokenizer.FromPretrained(Recording.PathOf(Folder));

    [TestMethod]
    public void EncodeToIds_OfManyTexts_GivesSentencePiecesOwnIds()
    {
        var texts = File.ReadAllLines(Recording.PathOf(Folder, "texts.txt"));
        var ids = File.ReadAllLines(Recording.PathOf(Folder, "ids.txt"));
        Assert.HasCount(ids.Length, texts);
        for (var i = 0; i < texts.Length; i++)
            Assert.AreEqual(ids[i], string.Join(' ', s_tokenizer.EncodeToIds(texts[i])), texts[i]);
    }

    [TestMethod]
    public void Encode_OfAShortText_IsFilledUp()
    {
        using var scope = NewDisposeScope();
        using var tokens = s_tokenizer.Encode("a red circle moving left", 226);
        var ids = s_tokenizer.EncodeToIds("a red circle moving left");
        Assert.AreEqual(1, ids[^1]);
        CollectionAssert.AreEqual(new long[] { 1, 226 }, tokens.InputIds.shape);
        CollectionAssert.AreEqual(
            ids.Select(id => (long)id).Concat(Enumerable.Repeat(0L, 226 - ids.Count)).ToArray(), tokens.InputIds.data<long>().ToArray());
        Assert.AreEqual(ids.Count, tokens.AttentionMask.sum().item<long>());
        Assert.IsNull(tokens.TruncatedText);
    }

    [TestMethod]
    public void Encode_OfALongText_KeepsTheEndTokenAndTellsTheRest()
    {
        using var scope = NewDisposeScope();
        using var tokens = s_tokenizer.Encode("a red circle moving left", 4);
        var ids = s_tokenizer.EncodeToIds("a red circle moving left");
        CollectionAssert.AreEqual(new long[] { ids[0], ids[1], ids[2], 1 }, tokens.InputIds.data<long>().ToArray());
        Assert.AreEqual("circle moving left", tokens.TruncatedText);
        using var shortest = s_tokenizer.Encode("a red circle", 1);
        Assert.AreEqual(1, shortest.InputIds.item<long>());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => s_tokenizer.Encode("a", 0));
    }

    [TestMethod]
    [DataRow("a red 日本", 4, "<unk>")]
    [DataRow("a 日本 red circle", 2, "<unk> red circle")]
    [DataRow("a red</s></s></s>", 4, null)]
    public void Encode_OfALongTextWithoutWordsInTheRest_TellsWhatThereIs(string text, int length, string? rest)
    {
        using var tokens = s_tokenizer.Encode(text, length);
        Assert.AreEqual(rest, tokens.TruncatedText, string.Join(' ', s_tokenizer.EncodeToIds(text)));
    }

    [TestMethod]
    public void Encode_OfNoText_IsTheEndToken()
    {
        CollectionAssert.AreEqual(new[] { 1 }, s_tokenizer.EncodeToIds("").ToArray());
        using var tokens = s_tokenizer.Encode("", 3);
        CollectionAssert.AreEqual(new long[] { 1, 0, 0 }, tokens.InputIds.data<long>().ToArray());
    }

    [TestMethod]
    public void AddedTokens_InAText_AreTakenOutFirst()
    {
        // 256 pieces, and a hundred extra ids that are counted down.
        Assert.AreEqual(356, s_tokenizer.VocabSize);
        int[] expected = [.. s_tokenizer.EncodeToIds("a red").SkipLast(1), 355, .. s_tokenizer.EncodeToIds("circle").SkipLast(1), 256, 1, 1];
        CollectionAssert.AreEqual(expected, s_tokenizer.EncodeToIds("a red <extra_id_0> circle <extra_id_99></s>").ToArray());
        Assert.AreEqual("a red <extra_id_0> circle <extra_id_99>", s_tokenizer.Decode(expected));
        Assert.ThrowsExactly<ArgumentException>(() => s_tokenizer.Decode([356]));
    }

    [TestMethod]
    public void FromPretrained_WithFilesOfAddedTokens_TakesTheirIds()
    {
        using var folder = new ScratchFolder();
        File.Copy(Recording.PathOf(Folder, "spiece.model"), Path.Combine(folder.Path, "spiece.model"));
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer_config.json"), """
            { "extra_ids": 2, "added_tokens_decoder": { "258": { "content": "<motion>", "lstrip": true } } }
            """);
        File.WriteAllText(Path.Combine(folder.Path, "added_tokens.json"), """{ "<fade>": 259 }""");
        var tokenizer = T5Tokenizer.FromPretrained(folder.Path);
        Assert.AreEqual(260, tokenizer.VocabSize);
        CollectionAssert.AreEqual(new[] { 258, 259, 257, 256, 1 }, tokenizer.EncodeToIds("<motion><fade> <extra_id_0><extra_id_1>").ToArray());
    }

    /// <summary>As umT5's model may have it. All pieces behind it move by one.</summary>
    [TestMethod]
    public void FromPretrained_OfAModelWithAStartPiece_TakesTheUnknownOneFromItsPlace()
    {
        using var folder = new ScratchFolder();
        var model = File.ReadAllBytes(Recording.PathOf("t5-tokenizer-bytes", "spiece.model"));
        // A piece is a field of a tag, a length below 128 and as many bytes: <pad>, </s>, and before the third one that is like the second.
        var second = 2 + model[1];
        var third = second + 2 + model[second + 1];
        byte[] start = [0x0a, 14, 0x0a, 3, .. "<s>"u8, 0x15, 0, 0, 0, 0, 0x18, 3];
        start[1] = (byte)(start.Length - 2);
        File.WriteAllBytes(folder["spiece.model"], [.. model[..third], .. start, .. model[third..]]);
        var before = T5Tokenizer.FromPretrained(Recording.PathOf("t5-tokenizer-bytes"));
        var tokenizer = T5Tokenizer.FromPretrained(folder.Path);
        const string text = "an otter <unk> \U0001F9A6";
        Assert.AreSequenceEqual(before.EncodeToIds(text).Select(id => id > 1 ? id + 1 : id), tokenizer.EncodeToIds(text));
        Assert.Contains(3, tokenizer.EncodeToIds(text));
        Assert.AreEqual(before.Decode(before.EncodeToIds(text)), tokenizer.Decode(tokenizer.EncodeToIds(text)));
    }

    [TestMethod]
    public void EncodeToIds_OfAMillionBlanks_Ends() =>
        Assert.AreEqual(1, Assert.ContainsSingle(s_tokenizer.EncodeToIds(new string(' ', 1_000_000))));

    [TestMethod]
    public void FromPretrained_OfBadFiles_NamesThem()
    {
        using var folder = new ScratchFolder();
        var path = Path.Combine(folder.Path, "spiece.model");
        Assert.Contains(path, Assert.ThrowsExactly<FileNotFoundException>(() => T5Tokenizer.FromPretrained(folder.Path)).Message);
        var model = File.ReadAllBytes(Recording.PathOf(Folder, "spiece.model"));
        foreach (var bytes in new byte[][] { [], [1, 2, 3], "no model"u8.ToArray(), model[..1000], [.. model, 0x0f] })
        {
            File.WriteAllBytes(path, bytes);
            Assert.Contains(path, Assert.ThrowsExactly<InvalidDataException>(() => T5Tokenizer.FromPretrained(folder.Path)).Message);
        }

        File.WriteAllBytes(path, model);
        foreach (var (name, text) in new[]
        {
            ("added_tokens.json", """{ "<a>": "one" }"""), ("added_tokens.json", "[]"),
            ("tokenizer_config.json", """{ "extra_ids": [] }"""),
            ("tokenizer_config.json", """{ "extra_ids": 2000000000 }"""),
            ("tokenizer_config.json", """{ "added_tokens_decoder": { "7": { "content": null } } }"""),
            ("tokenizer_config.json", """{ "added_tokens_decoder": { "7": { "content": "" } } }"""),
            ("tokenizer_config.json", """{ "added_tokens_decoder": { "x": { "content": "a" } } }"""),
        })
        {
            File.WriteAllText(Path.Combine(folder.Path, name), text);
            Assert.Contains(name, Assert.ThrowsExactly<InvalidDataException>(() => T5Tokenizer.FromPretrained(folder.Path)).Message);
            File.Delete(Path.Combine(folder.Path, name));
        }
    }
}
