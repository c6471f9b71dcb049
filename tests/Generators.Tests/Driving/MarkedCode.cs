namespace Afterimage.Generators.Tests.Driving;

/// <summary>Code with tokens between brackets with bars.</summary>
internal static class MarkedCode
{
    /// <summary>The code without its marks, and where they stood.</summary>
    public static (string Code, IReadOnlyList<int> Starts) Read(string marked)
    {
        var starts = new List<int>();
        while (marked.IndexOf("[|", StringComparison.Ordinal) is var start and >= 0)
        {
            var end = marked.IndexOf("|]", StringComparison.Ordinal);
            starts.Add(start);
            marked = string.Concat(marked.AsSpan(0, start), marked.AsSpan(start + 2, end - start - 2), marked.AsSpan(end + 2));
        }
        return (marked, starts);
    }
}
