namespace Afterimage.Models.Tests;

/// <summary>Cases of Unicode's NormalizationTest.txt, and what follows from Annex 15. The strings of every kind for CLIP's tokenizer test it, too.</summary>
[TestClass]
public sealed class UnicodeCompositionTests
{
    [TestMethod]
    [DataRow("a red circle", "a red circle")]
    [DataRow("cafe\u0301", "caf\u00e9")]
    [DataRow("D\u0307\u0323", "\u1e0c\u0307")] // marks are put in order first
    [DataRow("\u1e0a\u0323", "\u1e0c\u0307")]
    [DataRow("D\u0328\u0307\u0323", "\u1e0c\u0328\u0307")] // one between that is of another class is in nobody's way
    [DataRow("e\u0304\u0300", "\u1e15")]
    [DataRow("a\u0302\u0302", "\u00e2\u0302")]
    [DataRow("a\u0315\u0300\u05ae\u0300b", "\u00e0\u05ae\u0300\u0315b")]
    [DataRow("\u212b \u2126 \u0340", "\u00c5 \u03a9 \u0300")] // never composed again
    [DataRow("\u0958", "\u0915\u093c")]
    [DataRow("\u1100\u1161\u11a8", "\uac01")]
    [DataRow("\uac00\u11a8\u11a8", "\uac01\u11a8")]
    [DataRow("\uac01\u11a8", "\uac01\u11a8")]
    [DataRow("\u0b47\u0b3e", "\u0b4b")] // two that are no marks
    [DataRow("\U0001D15E", "\U0001D157\U0001D165")]
    [DataRow("\U0002F800", "\u4e3d")]
    [DataRow("\u0301a", "\u0301a")]
    [DataRow("\u30ab\u3099", "\u30ac")]
    public void Compose_OfAText_IsItsComposedForm(string text, string expected)
    {
        Assert.AreEqual(expected, UnicodeComposition.Compose(text));
        Assert.AreEqual(expected, UnicodeComposition.Compose(expected));
    }

    [TestMethod]
    public void Compose_OfHalfACharacter_ReplacesIt() => Assert.AreEqual("\ufffd \u0301", UnicodeComposition.Compose("\ud83e \u0301"));

    [TestMethod]
    public void Compose_OfAllHangul_GivesItBack()
    {
        var syllables = string.Concat(Enumerable.Range(0xAC00, 11172).Select(code => (char)code));
        Assert.AreEqual(syllables, UnicodeComposition.Compose(syllables));
    }
}
