using System.Globalization;

namespace Afterimage.Planning;

/// <summary>Reads off a site's name which block of a stack it is in.</summary>
internal static class BlockNumber
{
    /// <summary>The block's number; <see langword="null"/> for a site outside of the stack's own list.</summary>
    public static int? Of(CacheSite site, string stack) =>
        site.LeftOutWith == stack && site.Name.StartsWith($"{stack}.", StringComparison.Ordinal)
        && int.TryParse(site.Name[(stack.Length + 1)..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var block)
            ? block
            : null;
}
