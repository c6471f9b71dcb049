using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Afterimage.Models;

/// <summary>
/// Cleans prompts as Wan's pipeline does: characters mended, HTML's references read twice, blanks put together. Source: diffusers
/// <c>pipelines/wan/pipeline_wan.py</c> (prompt_clean), ftfy <c>fixes.py</c>. Of ftfy this does, once, everything but the decoding
/// of texts that were read in a wrong encoding (<c>fix_encoding</c>) and the narrowing of Korean letters; references are those of HTML 4, and end with a semicolon.
/// </summary>
internal static partial class PromptCleaning
{
    private const char FirstControl = '\u0080', LastControl = '\u009F', FirstWide = '\uFF01', FirstNarrow = '\uFF5F', FirstSign = '\uFFE0', IdeographicBlank = '\u3000';

    /// <summary>What Windows has where Unicode has control characters.</summary>
    private const string OfWindows = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ";

    /// <summary>The usual forms of the narrow ones from U+FF5F on, and of the wide signs from U+FFE0 on.</summary>
    private const string OfNarrow = "⦅⦆。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u3099\u309A";

    private const string OfSigns = "¢£¬¯¦¥₩";

    private static readonly Dictionary<char, string> s_spelled = new()
    {
        ['Ĳ'] = "IJ",
        ['ĳ'] = "ij",
        ['ŉ'] = "ʼn",
        ['Ǳ'] = "DZ",
        ['ǲ'] = "Dz",
        ['ǳ'] = "dz",
        ['Ǆ'] = "DŽ",
        ['ǅ'] = "Dž",
        ['ǆ'] = "dž",
        ['Ǉ'] = "LJ",
        ['ǈ'] = "Lj",
        ['ǉ'] = "lj",
        ['Ǌ'] = "NJ",
        ['ǋ'] = "Nj",
        ['ǌ'] = "nj",
        ['ﬀ'] = "ff",
        ['ﬁ'] = "fi",
        ['ﬂ'] = "fl",
        ['ﬃ'] = "ffi",
        ['ﬄ'] = "ffl",
        ['ﬅ'] = "ſt",
        ['ﬆ'] = "st",
        ['￣'] = " \u0304",
    };

    /// <summary>The prompt as the tokenizer is to have it.</summary>
    public static string Clean(string prompt)
    {
        var text = Mended(prompt);
        text = WebUtility.HtmlDecode(WebUtility.HtmlDecode(text));
        return Blanks().Replace(text, " ").Trim();
    }

    /// <summary>What ftfy mends of a text, but for its encoding.</summary>
    internal static string Mended(string text)
    {
        // What has tags is taken for HTML, in which references are meant.
        if (!text.Contains('<'))
            text = WebUtility.HtmlDecode(text);
        var mended = new StringBuilder(text.Length);
        foreach (var character in text.Select(Printed))
        {
            foreach (var part in s_spelled.GetValueOrDefault(character) ?? character.ToString())
                mended.Append(Straight(OfUsualWidth(part)));
        }
        text = Controls().Replace(TerminalEscapes().Replace(mended.ToString(), ""), "");
        return UnicodeComposition.Compose(text);
    }

    private static char Printed(char character) =>
        character is >= FirstControl and <= LastControl ? OfWindows[character - FirstControl] : character;

    private static char OfUsualWidth(char character) => character switch
    {
        IdeographicBlank => ' ',
        >= FirstWide and < FirstNarrow => (char)(character - FirstWide + '!'),
        >= FirstNarrow when character - FirstNarrow < OfNarrow.Length => OfNarrow[character - FirstNarrow],
        >= FirstSign when character - FirstSign < OfSigns.Length => OfSigns[character - FirstSign],
        _ => character,
    };

    private static char Straight(char character) => character switch
    {
        '\u02BC' or (>= '\u2018' and <= '\u201B') => '\'',
        >= '\u201C' and <= '\u201F' => '"',
        _ => character,
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex("\u001B\\[[0-9;]*[a-zA-Z]")]
    private static partial Regex TerminalEscapes();

    [GeneratedRegex("[\0-\u0008\u000B\u000E-\u001F\u007F\u206A-\u206F\uFEFF\uFFF9-\uFFFC]")]
    private static partial Regex Controls();
}
