using System.Net;
using System.Text.RegularExpressions;

namespace Afterimage.Models;

/// <summary>
/// Takes out of captions what is not about the picture, as Latte's pipeline does: addresses, tags, nicknames, Chinese characters, numbers, names of files, and what shops write.
/// Source: diffusers <c>pipelines/latte/pipeline_latte.py</c> (_clean_caption), whose order is kept. Tags are taken out by their form, where diffusers has them
/// parsed by BeautifulSoup; of ftfy it has what <see cref="PromptCleaning"/> has.
/// </summary>
internal static partial class CaptionCleaning
{
    /// <summary>Far more than any model's tokens: what follows is left out, and with it the time that patterns need for it.</summary>
    private const int MostCharacters = 10_000;

    private static readonly (Regex Pattern, string Replacement)[] s_beforeHtml =
    [
        (Pattern("<person>"), "person"),
        (Pattern($@"\b((?:https?:(?:\/{{1,3}}|[a-zA-Z0-9%])|{Domain}))"), ""),
        (Pattern($@"\b((?:www:(?:\/{{1,3}}|[a-zA-Z0-9%])|{Domain}))"), ""),
    ];

    private static readonly (Regex Pattern, string Replacement)[] s_beforeMending =
    [
        (Pattern(@"@[\w\d]+\b"), ""),
        // From strokes and phonetic extensions over enclosed letters and hexagrams to ideographs.
        (Pattern(@"[\u31c0-\u9fff]+"), ""),
        (Pattern(@"[\u002D\u058A\u05BE\u1400\u1806\u2010-\u2015\u2E17\u2E1A\u2E3A\u2E3B\u2E40\u301C\u3030\u30A0\uFE31\uFE32\uFE58\uFE63\uFF0D]+"), "-"),
        (Pattern("[`´«»“”¨]"), "\""),
        (Pattern("[‘’]"), "'"),
        (Pattern("&quot;?"), ""),
        (Pattern("&amp"), ""),
        (Pattern(@"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"), " "),
        (Pattern(@"\d:\d\d\s+$"), ""),
        (Pattern(@"\\n"), " "),
        (Pattern(@"#\d{1,3}\b"), ""),
        (Pattern(@"#\d{5,}\b"), ""),
        (Pattern(@"\b\d{6,}\b"), ""),
        (Pattern($@"[\S]+\.(?:{FileTypes})"), ""),
        (Pattern("[\"']{2,}"), "\""),
        (Pattern(@"[\.]{2,}"), " "),
        (Pattern(@"[#®•©™&@·º½¾¿¡§~\)\(\]\[\}\{\|\\/\\*]{1,}"), " "),
        (Pattern(@"\s+\.\s+"), " "),
    ];

    private static readonly (Regex Pattern, string Replacement)[] s_afterMending =
    [
        (Pattern(@"\b[a-zA-Z]{1,3}\d{3,15}\b"), ""),
        (Pattern(@"\b[a-zA-Z]+\d+[a-zA-Z]+\b"), ""),
        (Pattern(@"\b\d+[a-zA-Z]+\d+\b"), ""),
        (Pattern(@"(worldwide\s+)?(free\s+)?shipping"), ""),
        (Pattern(@"(free\s)?download(\sfree)?"), ""),
        (Pattern(@"\bclick\b\s(?:for|on)\s\w+"), ""),
        (Pattern($@"\b(?:{FileTypes})(\simage[s]?)?"), ""),
        (Pattern(@"\bpage\s+\d+\b"), ""),
        (Pattern(@"\b\d*[a-zA-Z]+\d+[a-zA-Z]+\d+[a-zA-Z\d]*\b"), " "),
        (Pattern(@"\b\d+\.?\d*[xх×]\d+\.?\d*\b"), ""),
        (Pattern(@"\b\s+\:\s+"), ": "),
        (Pattern(@"(\D[,\./])\b"), "$1 "),
        (Pattern(@"\s+"), " "),
        (Pattern(@"^[""']([\w\W]+)[""']$"), "$1"),
        (Pattern(@"^['_,\-:;]"), ""),
        (Pattern(@"['_,\-:+]$"), ""),
        (Pattern(@"^\.\S+$"), ""),
    ];

    private const string Domain = @"[a-zA-Z0-9.\-]+[.](?:com|co|ru|net|org|edu|gov|it)[\w/-]*\b\/?(?!@)";

    private const string FileTypes = "png|jpg|jpeg|bmp|webp|eps|pdf|apk|mp4";

    /// <summary>The caption as the tokenizer is to have it: cleaned twice, since what is taken out may bring up more.</summary>
    public static string Clean(string caption) => CleanOnce(CleanOnce(caption.Length > MostCharacters ? caption[..MostCharacters] : caption));

    private static string CleanOnce(string caption)
    {
        // Blanks that stand for plus signs, as in an address.
        var text = WebUtility.UrlDecode(caption).Trim().ToLowerInvariant();
        text = Replaced(text, s_beforeHtml);
        text = WebUtility.HtmlDecode(Tags().Replace(text, ""));
        text = Replaced(text, s_beforeMending);
        if (Joints().Count(text) > 3)
            text = Joints().Replace(text, " ");
        text = PromptCleaning.Mended(text);
        text = WebUtility.HtmlDecode(WebUtility.HtmlDecode(text));
        return Replaced(text, s_afterMending).Trim();
    }

    private static string Replaced(string text, (Regex Pattern, string Replacement)[] all) =>
        all.Aggregate(text, (current, each) => each.Pattern.Replace(current, each.Replacement));

    private static Regex Pattern(string pattern) => new(pattern, RegexOptions.CultureInvariant);

    [GeneratedRegex(@"<!--.*?(-->|$)|</?[a-z][^>]*>|<[!?][^>]*>", RegexOptions.Singleline)]
    private static partial Regex Tags();

    [GeneratedRegex("[-_]")]
    private static partial Regex Joints();
}
