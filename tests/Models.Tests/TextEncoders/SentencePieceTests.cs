using System.Text.Json;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class SentencePieceTests
{
    /// <summary>T5's form, mT5's and umT5's with bytes, and one with symbols of the user's and no normalization; made by make_cases.py.</summary>
    [TestMethod]
    [DataRow("t5-tokenizer-tiny")]
    [DataRow("t5-tokenizer-bytes")]
    [DataRow("t5-tokenizer-symbols")]
    public void EncodeToIds_OfStringsOfEveryKind_GivesSentencePiecesOwnIds(string name)
    {
        var tokenizer = T5Tokenizer.FromPretrained(Recording.PathOf(name));
        var cases = JsonSerializer.Deserialize<string[][]>(File.ReadAllText(Recording.PathOf(name, "cases.json")))!;
        Assert.IsGreaterThan(200, cases.Length);
        var wrong = cases
            .Select(row => (Text: row[0], Expected: row[1], Found: string.Join(' ', tokenizer.EncodeToIds(row[0]).SkipLast(1))))
            .Where(row => row.Expected != row.Found)
            .Select(row => $"{JsonSerializer.Serialize(row.Text)}: expected {row.Expected}, found {row.Found}")
            .ToList();
        Assert.IsEmpty(wrong, string.Join('\n', wrong.Take(5)));
    }

    [TestMethod]
    [DataRow("an otter \U0001F9A6", "462 309 262 243 162 169 169 1")]
    [DataRow("caf\u00e9 \ud55c", "281 262 240 152 159 1")]
    [DataRow("\u201cquiet\u201d river", "262 229 131 159 691 346 337 322 264 229 131 160 294 1")]
    public void EncodeToIds_OfWhatHasNoPiece_GivesItsBytes(string text, string expected) => Assert.AreEqual(
        expected, string.Join(' ', T5Tokenizer.FromPretrained(Recording.PathOf("t5-tokenizer-bytes")).EncodeToIds(text)));
}
