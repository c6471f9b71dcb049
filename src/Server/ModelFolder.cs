using System.Text.RegularExpressions;

namespace Afterimage.Server;

/// <summary>A pipeline that is served.</summary>
/// <param name="Name">What requests call it: letters, digits, points, dashes and underscores.</param>
/// <param name="Folder">Its folder as diffusers saves it, or a name in the Hub's cache.</param>
/// <param name="Variant">Which of several sets of weights; <see langword="null"/> for the plain or only one.</param>
public sealed partial record ModelFolder(string Name, string Folder, string? Variant = null)
{
    /// <summary>A model as a command line names it: <c>NAME=FOLDER</c>, or a folder whose name is the model's.</summary>
    /// <exception cref="ArgumentException">There is no name in it that a model can have.</exception>
    public static ModelFolder Parse(string text, string? variant = null)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        var model = at > 0 ? new ModelFolder(text[..at], text[(at + 1)..], variant) : new ModelFolder(Path.GetFileName(Path.TrimEndingDirectorySeparator(text)), text, variant);
        model.Validate();
        return model;
    }

    internal void Validate()
    {
        if (!NameForm().IsMatch(Name))
            throw new ArgumentException($"'{Name}' cannot be a model's name: expected up to 64 letters, digits, points, dashes and underscores; give one as NAME={Folder}.");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex NameForm();
}
