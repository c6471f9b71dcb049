using System.Text;

namespace Afterimage.Generators.Emit;

/// <summary>Names of generated files. The compiler compares them without case, and file systems take no more than 255 bytes.</summary>
internal static class HintNames
{
    private const int LongestName = 160;

    /// <summary>The classes whose files would have the same name, with the names that differ in nothing but case, in order.</summary>
    public static EquatableArray<string> Ambiguous(IEnumerable<string> fullNames) => fullNames
        .GroupBy(Plain, StringComparer.OrdinalIgnoreCase)
        .Where(same => same.Count() > 1)
        .SelectMany(same => same)
        .OrderBy(name => name, StringComparer.Ordinal)
        .ToEquatableArray();

    /// <summary>The class's own name; where that is ambiguous or too long, with a hash that only this class has.</summary>
    public static string Of(string fullName, EquatableArray<string> ambiguous)
    {
        var plain = Plain(fullName);
        var cut = Cut(plain);
        return cut == plain && !ambiguous.Contains(fullName) ? $"{plain}.g.cs" : FormattableString.Invariant($"{cut}-{Hash(fullName):x16}.g.cs");
    }

    private static string Plain(string fullName) => fullName.Replace('+', '.').Replace('`', '_');

    private static string Cut(string name)
    {
        while (Encoding.UTF8.GetByteCount(name) > LongestName)
        {
            name = name[..^1];
        }

        return name;
    }

    // FNV-1a: the same in every process, which string.GetHashCode is not.
    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037;
        foreach (var each in text)
        {
            hash = unchecked((hash ^ each) * 1099511628211);
        }

        return hash;
    }
}
