using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class CLIPTokenizerTests
{
    private const string Folder = "clip-tokenizer-tiny";

    private static readonly CLIPTokenizer s_tokenizer = CLIPTokenizer.FromPretrained(Recording.PathOf(Folder));

    [TestMethod]
    public void EncodeToIds_OfStringsOfEveryKind_GivesTheIdsOfTokenizers()
    {
        var cases = JsonSerializer.Deserialize<string[][]>(File.ReadAllText(Recording.PathOf(Folder, "cases.json")))!;
        Assert.IsGreaterThan(500, cases.Length);
        var wrong = cases
            .Select(row => (Text: row[0], Expected: row[1], Found: Ids(s_tokenizer, row[0])))
            .Where(row => row.Expected != row.Found)
            .Select(row => $"{JsonSerializer.Serialize(row.Text)}: expected {row.Expected}, found {row.Found}")
            .ToList();
        Assert.IsEmpty(wrong, $"{wrong.Count}\n{string.Join('\n', wrong.Take(10))}");
    }

    /// <summary>The vocabulary and the ids of transformers' own test of the class.</summary>
    [TestMethod]
    public void EncodeToIds_WithTransformersTestVocabulary_GivesItsIds()
    {
        using var folder = Written(
            ["l", "o", "w", "e", "r", "s", "t", "i", "d", "n", "lo", "l</w>", "w</w>", "r</w>", "t</w>", "low</w>", "er</w>", "lowest</w>", "newer</w>", "wider", "<unk>", "<|startoftext|>", "<|endoftext|>"],
            ["l o", "lo w</w>", "e r</w>"]);
        File.WriteAllText(folder["special_tokens_map.json"], """{ "unk_token": "<unk>" }""");
        var tokenizer = CLIPTokenizer.FromPretrained(folder.Path);
        Assert.AreEqual("21 10 2 16 9 3 2 16 22", Ids(tokenizer, "lower newer"));
        Assert.AreEqual("21 15 20 22", Ids(tokenizer, "Low!"));
        Assert.AreEqual("lower newer", tokenizer.Decode(tokenizer.EncodeToIds("lower newer")));
    }

    /// <summary>CLIP's own vocabulary begins with the printable bytes, all bytes at the end of a word, and these pairs.</summary>
    [TestMethod]
    [DataRow("A, THE, is.", "320 267 518 267 533 269")]
    [DataRow("the and of to in is on", "518 537 539 531 530 533 525")]
    [DataRow("1 a!", "272 320 256")]
    public void EncodeToIds_WithTheBeginningOfCLIPsVocabulary_GivesCLIPsIds(string text, string expected)
    {
        string[] merges =
        [
            "i n", "t h", "a n", "r e", "a r", "e r", "th e</w>", "in g</w>", "o u", "o n", "s t", "o r", "e n", "o n</w>", "a l", "a t", "e r</w>", "i t",
            "i n</w>", "t o</w>", "r o", "i s</w>", "l e", "i c", "a t</w>", "an d</w>", "e d</w>", "o f</w>",
        ];
        var bytes = Enumerable.Range(0, 256).OrderBy(value => ByteCharacters.Of((byte)value) >= 0x100).Select(value => ByteCharacters.Of((byte)value).ToString()).ToList();
        using var folder = Written([.. bytes, .. bytes.Select(character => character + "</w>"), .. merges.Select(pair => pair.Replace(" ", "")), "<|startoftext|>", "<|endoftext|>"], merges);
        var tokenizer = CLIPTokenizer.FromPretrained(folder.Path);
        Assert.AreEqual(expected, string.Join(' ', tokenizer.EncodeToIds(text).Skip(1).SkipLast(1)));
    }

    [TestMethod]
    public void Encode_OfAShortText_IsFilledUpWithTheEndToken()
    {
        using var scope = NewDisposeScope();
        using var tokens = s_tokenizer.Encode("a cache", 77);
        var ids = s_tokenizer.EncodeToIds("a cache");
        CollectionAssert.AreEqual(new long[] { 1, 77 }, tokens.InputIds.shape);
        CollectionAssert.AreEqual(ids.Select(id => (long)id).Concat(Enumerable.Repeat((long)ids[^1], 77 - ids.Count)).ToArray(), tokens.InputIds.data<long>().ToArray());
        Assert.AreEqual(ids.Count, tokens.AttentionMask.sum().item<long>());
        Assert.IsNull(tokens.TruncatedText);
        Assert.AreEqual(77, s_tokenizer.ModelMaxLength);
    }

    [TestMethod]
    public void Encode_OfALongText_KeepsTheEndTokenAndTellsTheRest()
    {
        using var scope = NewDisposeScope();
        var ids = s_tokenizer.EncodeToIds("x y z 1 2 3");
        using var tokens = s_tokenizer.Encode("x y z 1 2 3", 5);
        CollectionAssert.AreEqual(new long[] { ids[0], ids[1], ids[2], ids[3], ids[^1] }, tokens.InputIds.data<long>().ToArray());
        Assert.AreEqual(5, tokens.AttentionMask.sum().item<long>());
        Assert.AreEqual("1 2 3", tokens.TruncatedText);
        using var shortest = s_tokenizer.Encode("x", 2);
        CollectionAssert.AreEqual(new long[] { ids[0], ids[^1] }, shortest.InputIds.data<long>().ToArray());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => s_tokenizer.Encode("x", 1));
        using var nothing = s_tokenizer.Encode("", 3);
        CollectionAssert.AreEqual(new long[] { ids[0], ids[^1], ids[^1] }, nothing.InputIds.data<long>().ToArray());
    }

    /// <summary>As Stable Diffusion 2 and SDXL's second encoder have it. A mark that pads is found in a text before words are.</summary>
    [TestMethod]
    [DataRow("special_tokens_map.json", """{ "pad_token": "!", "bos_token": { "content": "<|startoftext|>" } }""")]
    [DataRow("tokenizer_config.json", """{ "pad_token": "!", "model_max_length": 1000000000000000019884624838656, "added_tokens_decoder": { "0": { "content": "!", "special": true } } }""")]
    public void FromPretrained_WithAnotherPaddingToken_PadsWithIt(string file, string content)
    {
        using var folder = Copy();
        File.Delete(folder["tokenizer_config.json"]);
        File.WriteAllText(folder[file], content);
        var tokenizer = CLIPTokenizer.FromPretrained(folder.Path);
        var pad = JsonDocument.Parse(File.ReadAllText(folder["vocab.json"])).RootElement.GetProperty("!").GetInt32();
        var expected = file == "tokenizer_config.json" ? 0L : pad;
        using var tokens = tokenizer.Encode("x!", 6);
        long[] ids = [.. tokens.InputIds.data<long>()];
        Assert.AreEqual(expected, ids[2]);
        Assert.AreEqual(expected, ids[^1]);
        Assert.IsNull(tokenizer.ModelMaxLength);
    }

    [TestMethod]
    public void FromPretrained_WithAddedTokens_TakesThemOutFirst()
    {
        using var folder = Copy();
        File.WriteAllText(folder["added_tokens.json"], """{ "<Fade in>": 934, "<Fade>": 935 }""");
        var tokenizer = CLIPTokenizer.FromPretrained(folder.Path);
        Assert.AreEqual(936, tokenizer.VocabSize);
        var x = s_tokenizer.EncodeToIds("x")[1];
        Assert.AreEqual($"932 {x} 934 935 {x} 933", Ids(tokenizer, "x<Fade in> <Fade>X"));
        Assert.AreEqual("x <Fade in>", tokenizer.Decode([x, 934]));
    }

    /// <summary>As transformers 5 saves a tokenizer, and as earlier versions do.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void FromPretrained_WithOneFileOfEverything_GivesTheSameIds(bool hasPairs)
    {
        using var folder = Copy();
        var merges = File.ReadLines(folder["merges.txt"]).Skip(1).Select(line => hasPairs ? (object)line.Split(' ') : line).ToList();
        var vocabulary = JsonDocument.Parse(File.ReadAllText(folder["vocab.json"])).RootElement;
        void Write(string type) => File.WriteAllText(folder["tokenizer.json"], JsonSerializer.Serialize(new
        {
            added_tokens = new[] { new { id = 940, content = "<Fade>" } },
            model = new { type, vocab = vocabulary, merges },
        }));
        Write("BPE");
        File.Move(folder["merges.txt"], folder["away"]);
        File.Delete(folder["vocab.json"]);

        var tokenizer = CLIPTokenizer.FromPretrained(folder.Path);

        Assert.AreEqual(941, tokenizer.VocabSize);
        Assert.AreEqual(Ids(s_tokenizer, "the cache's 2 otters, caf\u00e9"), Ids(tokenizer, "the cache's 2 otters, caf\u00e9"));
        Assert.AreEqual("932 940 933", Ids(tokenizer, "<Fade>"));
        Write("Unigram");
        Assert.Contains("tokenizer.json: not a file of a tokenizer: expected a model of the type BPE", Assert.ThrowsExactly<InvalidDataException>(() => CLIPTokenizer.FromPretrained(folder.Path)).Message);
    }

    [TestMethod]
    public void Decode_OfIds_GivesTheirText()
    {
        const string text = "the cache's 2 otters \U0001F9A6, caf\u00e9";
        Assert.AreEqual("the cache 's 2 otters \U0001F9A6 , caf\u00e9", s_tokenizer.Decode(s_tokenizer.EncodeToIds(text)));
        Assert.Contains("no token 934", Assert.ThrowsExactly<ArgumentException>(() => s_tokenizer.Decode([934])).Message);
    }

    [TestMethod]
    public void EncodeToIds_OfAHundredThousandLetters_Ends()
    {
        var ids = s_tokenizer.EncodeToIds(string.Concat(Enumerable.Repeat("thethen", 100_000 / 7)));
        Assert.IsInRange(20_000, 100_000, ids.Count);
        Assert.HasCount(2 + 100_000, s_tokenizer.EncodeToIds(new string('7', 100_000)));
        Assert.HasCount(2, s_tokenizer.EncodeToIds(new string(' ', 1_000_000)));
    }

    [TestMethod]
    public void FromPretrained_OfBadFiles_NamesThem()
    {
        using var folder = Copy();
        void Refuses(string name, string content, string part)
        {
            var path = folder[name];
            var before = File.Exists(path) ? File.ReadAllText(path) : null;
            File.WriteAllText(path, content);
            var message = Assert.ThrowsExactly<InvalidDataException>(() => CLIPTokenizer.FromPretrained(folder.Path)).Message;
            Assert.Contains(folder.Path, message);
            Assert.Contains(part, message);
            File.Delete(path);
            if (before is not null)
                File.WriteAllText(path, before);
        }

        Refuses("vocab.json", "[]", "vocab.json");
        Refuses("vocab.json", "{", "vocab.json");
        Refuses("vocab.json", """{ "a": -1 }""", "vocab.json");
        Refuses("vocab.json", """{ "a": "1" }""", "vocab.json");
        Refuses("merges.txt", "#version: 0.2\nt h\nth\n", "merges.txt: line 3: expected two tokens");
        Refuses("merges.txt", "t nosuch\n", "merges.txt: line 1: the vocabulary has no token 'nosuch'");
        Refuses("tokenizer_config.json", """{ "pad_token": "<pad>" }""", "the pad_token '<pad>' is not in the vocabulary");
        Refuses("tokenizer_config.json", """{ "pad_token": { "content": null } }""", "tokenizer_config.json");
        Refuses("tokenizer_config.json", """{ "added_tokens_decoder": { "-3": { "content": "a" } } }""", "tokenizer_config.json");
        Refuses("added_tokens.json", """{ "": 5.5 }""", "added_tokens.json");
        foreach (var name in new[] { "vocab.json", "merges.txt" })
        {
            File.Move(folder[name], folder["away"]);
            Assert.Contains(folder[name], Assert.ThrowsExactly<FileNotFoundException>(() => CLIPTokenizer.FromPretrained(folder.Path)).Message);
            File.Move(folder["away"], folder[name]);
        }
        Assert.AreEqual("932 933", Ids(CLIPTokenizer.FromPretrained(folder.Path), ""));
    }

    private static string Ids(CLIPTokenizer tokenizer, string text) => string.Join(' ', tokenizer.EncodeToIds(text));

    private static ScratchFolder Copy()
    {
        var folder = new ScratchFolder();
        foreach (var name in new[] { "vocab.json", "merges.txt", "tokenizer_config.json" })
            File.Copy(Recording.PathOf(Folder, name), folder[name]);
        return folder;
    }

    private static ScratchFolder Written(IReadOnlyList<string> tokens, IReadOnlyList<string> merges)
    {
        var folder = new ScratchFolder();
        File.WriteAllText(folder["vocab.json"], JsonSerializer.Serialize(tokens.Index().ToDictionary(token => token.Item, token => token.Index)));
        File.WriteAllText(folder["merges.txt"], string.Join('\n', ["#version: 0.2", .. merges]) + "\n");
        return folder;
    }
}
