using System.Globalization;
using Afterimage.Video.Formats;

namespace Afterimage.Cli.Generate;

/// <summary>The names of the files that the results of prompts go to, all in one folder.</summary>
/// <param name="Target">What was asked for.</param>
/// <param name="NumbersPrompts">Whether the prompt's number is in a name: where prompts come from a file, even if it has one only.</param>
/// <param name="FilesPerPrompt">How many files there are of each prompt; above 1, their number is in a name.</param>
/// <param name="ArePictures">Whether a file holds one frame.</param>
internal sealed record ResultNames(string Target, bool NumbersPrompts, int FilesPerPrompt, bool ArePictures)
{
    /// <summary>
    /// The name of a result: <c>film-0.webp</c>, <c>film-1.webp</c>, …, with both numbers <c>film-0-1.webp</c>. In a pattern the numbers stand before
    /// that of the frame (<c>0-1-%04d.png</c>); the pattern of a picture, which has no other frame, numbers all pictures.
    /// </summary>
    /// <param name="prompt">Which prompt, from 0.</param>
    /// <param name="file">Which file of it, from 0.</param>
    public string Of(int prompt, int file) =>
        HasNumber && ArePictures ? InFolder(new PictureSeriesFormat(Name).NameOf((long)prompt * FilesPerPrompt + file)) : Numbered(Numbers(prompt, file));

    /// <summary>The name of what all results of a prompt share, such as its plan.</summary>
    public string OfPrompt(int prompt) => Numbered(NumbersPrompts ? [prompt] : []);

    private string Name => Path.GetFileName(Target);

    private bool HasNumber => Path.GetExtension(Name) == ".png" && FilmName.Number().IsMatch(Name);

    private int[] Numbers(int prompt, int file) => [.. NumbersPrompts ? (int[])[prompt] : [], .. FilesPerPrompt > 1 ? (int[])[file] : []];

    private string Numbered(int[] numbers)
    {
        if (numbers.Length == 0)
            return Target;
        var text = string.Join('-', numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)));
        return InFolder(HasNumber
            ? FilmName.Number().Replace(Name, frame => $"{text}-{frame.Value}", 1)
            : $"{Path.GetFileNameWithoutExtension(Name)}-{text}{Path.GetExtension(Name)}");
    }

    private string InFolder(string name) => Path.Combine(Path.GetDirectoryName(Target) ?? "", name);
}
