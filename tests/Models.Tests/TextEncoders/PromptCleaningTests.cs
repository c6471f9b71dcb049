namespace Afterimage.Models.Tests;

[TestClass]
public sealed class PromptCleaningTests
{
    [TestMethod]
    [DataRow("  A cat \n\t walks\u00a0on \u3000grass. ", "A cat walks on grass.")]
    [DataRow("salt &amp;amp; pepper &lt;3", "salt & pepper <3")]
    [DataRow("<b>&amp;amp;lt;</b>", "<b>&lt;</b>")] // twice, and no more where there are tags
    [DataRow("&#39;hi&#x27; &quot;there&quot; &nosuch;", "'hi' \"there\" &nosuch;")]
    [DataRow("\u201cquiet\u201d, \u2018she\u2019s\u2019 &ldquo;here&rdquo;", "\"quiet\", 'she's' \"here\"")]
    [DataRow("\ufb01n \ufb04 \u01c6 \u0149", "fin ffl d\u017e 'n")]
    [DataRow("\uff21\uff42\uff01\uff5e\uffe5 \uff76\uff9e\uff97\uff7d", "Ab!~\u00a5 \u30ac\u30e9\u30b9")]
    [DataRow("cafe\u0301", "caf\u00e9")]
    [DataRow("\u001b[36;44mblue\u001b[0m \u0001a\u007fb\ufeff\u0000c", "blue abc")]
    [DataRow("wait\u0085 \u0096 \u0093x\u0094", "wait\u2026 \u2013 \"x\"")] // Windows' characters, read as Latin 1
    [DataRow("\u732b\u304c\u6b69\u304f \U0001F9A6", "\u732b\u304c\u6b69\u304f \U0001F9A6")]
    [DataRow("", "")]
    [DataRow(" \n ", "")]
    public void Clean_OfAPrompt_GivesWhatThePipelineTakes(string prompt, string expected) =>
        Assert.AreEqual(expected, PromptCleaning.Clean(prompt));

    [TestMethod]
    public void Clean_OfAMillionReferences_Ends() =>
        Assert.StartsWith("&amp;amp;", PromptCleaning.Clean("&" + string.Concat(Enumerable.Repeat("amp;", 1_000_000))));
}
