using System.Text;

namespace Afterimage;

/// <summary>Tells files that lie where another was meant to be: what a download left instead, or weights of another format.</summary>
internal static class StandIn
{
    /// <summary>How many bytes of a file tell.</summary>
    public const int Length = 64;

    private static readonly (string Start, string What)[] s_kinds =
    [
        ("version https://git-lfs", "a git-LFS pointer, not the file itself: `git lfs pull` fetches that"),
        ("# xet version", "a Xet pointer, not the file itself: download it again"),
        ("<!doctype", "a web page, not the file itself: download it again (it may say why)"),
        ("<html", "a web page, not the file itself: download it again (it may say why)"),
        ("<?xml", "a web page, not the file itself: download it again (it may say why)"),
        ("PK\u0003\u0004", "a zip archive (weights pickled by torch.save?): save them as safetensors"),
        ("GGUF", "a GGUF file: save the weights as safetensors"),
    ];

    /// <summary>Refuses what stands in for another file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="start">Its first bytes, <see cref="Length"/> of them where there are as many.</param>
    /// <exception cref="InvalidDataException">It does; the message says what it is.</exception>
    public static void Refuse(string path, ReadOnlySpan<byte> start)
    {
        var text = Encoding.Latin1.GetString(start[..Math.Min(start.Length, Length)]);
        // A byte order mark and blanks may come first.
        text = text.TrimStart('\u00ef', '\u00bb', '\u00bf', ' ', '\t', '\r', '\n');
        foreach (var (sign, what) in s_kinds)
        {
            if (text.StartsWith(sign, StringComparison.OrdinalIgnoreCase))
                throw MalformedFile.Because(path, $"this is {what}");
        }
    }
}
