using System.Globalization;

namespace Afterimage.Planning;

/// <summary>Reads off a site's name which block of a stack it is in.</summary>
internal static class BlockNumber
{
    /// <summary>Which of the stacks the site is in, and the number of its block; <see langword="null"/> for a site outside of the stacks' own lists.</summary>
    public static (string Stack, int Block)? Of(CacheSite site, params ReadOnlySpan<string> stacks)
    {
        foreach (var stack in stacks)
        {
            if (site.Name.Length > stack.Length && site.Name[stack.Length] == '.' && site.Name.StartsWith(stack, StringComparison.Ordinal)
                && int.TryParse(site.Name[(stack.Length + 1)..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var block))
                return (stack, block);
        }
        return null;
    }
}
