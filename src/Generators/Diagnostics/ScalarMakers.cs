using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Diagnostics;

/// <summary>The members of TorchSharp that make a Scalar inside, and let nothing hold it over the native call.</summary>
internal static class ScalarMakers
{
    private static readonly HashSet<string> s_ids = Read();

    // Most symbols are told by their name, before an id is written.
    private static readonly HashSet<string> s_names = new(s_ids.Select(NameIn), StringComparer.Ordinal);

    public static bool Contains(ISymbol? member) =>
        member is { ContainingAssembly.Name: "TorchSharp" }
        && s_names.Contains(member.Name)
        && member.OriginalDefinition.GetDocumentationCommentId() is { } id
        && s_ids.Contains(id);

    private static string NameIn(string id)
    {
        var end = id.IndexOfAny(['(', '~', '`']);
        var path = end < 0 ? id : id.Substring(0, end);
        return path.Substring(path.LastIndexOf('.') + 1).Replace('#', '.');
    }

    private static HashSet<string> Read()
    {
        using var stream = typeof(ScalarMakers).Assembly.GetManifestResourceStream("Afterimage.ScalarMakers.txt");
        using var reader = new StreamReader(stream);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            ids.Add(line.Split(';')[0]);
        }

        return ids;
    }
}
