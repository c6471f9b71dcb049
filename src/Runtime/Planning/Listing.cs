namespace Afterimage.Planning;

/// <summary>Names in a message for people, the first few of many.</summary>
internal static class Listing
{
    private const int Shown = 8;

    /// <summary>The names with commas between; <c>none</c> if there is none.</summary>
    public static string Of(IEnumerable<string> names)
    {
        var all = names.ToArray();
        var more = all.Length > Shown ? $" and {all.Length - Shown} more" : "";
        return all.Length == 0 ? "none" : string.Join(", ", all.Take(Shown)) + more;
    }

    /// <summary>Sites with their kinds.</summary>
    public static string Of(IEnumerable<CacheSite> sites) => Of(sites.Select(site => $"{site.Name} ({site.Kind})"));
}
