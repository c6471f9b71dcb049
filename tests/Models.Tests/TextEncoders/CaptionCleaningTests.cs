namespace Afterimage.Models.Tests;

/// <summary>What is expected was printed by diffusers' own function, with BeautifulSoup 4.11.</summary>
[TestClass]
public sealed class CaptionCleaningTests
{
    [TestMethod]
    [DataRow("A Cat on a red chair", "a cat on a red chair")]
    [DataRow("  Two dogs, running.Fast ", "two dogs, running. fast")]
    [DataRow("a boat at https://example.com/boats/12?x=1 by the sea", "a boat at ?x=1 by the sea")]
    [DataRow("<b>bold</b> &amp;amp; &lt;i&gt; <person> with <!-- hidden --> hat", "bold ; person with hat")]
    [DataRow("mail me@host.com or see www.site.org/page", "mail me or see")]
    [DataRow("photo_of_a_small_grey_cat-on-mat.jpg img2023 abc123def 12ab34", "")]
    [DataRow("a 猫 sleeps — quietly… ‘so’ “soft”", "a sleeps - quietly… 'so' \"soft\"")]
    [DataRow("#12 #12345 1234567 10.0.0.1 at 7:45 ", "at 7:45")]
    [DataRow("FREE shipping worldwide! Free download free; click for more; page 12 png images", "worldwide! ; ;")]
    [DataRow("1920x1080 frame 3.5×4 : view", "frame: view")]
    [DataRow("\"quoted whole\"", "quoted whole")]
    [DataRow("_leading and trailing-", "leading and trailing")]
    [DataRow("...dots... and ***stars*** (round) [square]", "dots and stars round square")]
    [DataRow(".hidden", "")]
    [DataRow("a+b%20c 100% sure", "a b c 100% sure")]
    [DataRow("this-is-my-cute-cat_picture here", "this is my cute cat picture here")]
    [DataRow("", "")]
    [DataRow("a < b and c > d", "a < b and c > d")]
    [DataRow("x &copy; y &#169; z", "x y z")]
    [DataRow("see a.com b.net/c@d e.co.uk", "see c uk")]
    public void Clean_OfACaption_GivesWhatDiffusersDoes(string caption, string expected) =>
        Assert.AreEqual(expected, CaptionCleaning.Clean(caption));

    [TestMethod]
    [DataRow("a.-")]
    [DataRow("<!--")]
    [DataRow("1x")]
    public void Clean_OfAMillionCharacters_Ends(string part) =>
        Assert.IsLessThanOrEqualTo(10_000, CaptionCleaning.Clean(string.Concat(Enumerable.Repeat(part, 1_000_000 / part.Length))).Length);
}
