using System.Globalization;

namespace Afterimage;

/// <summary>
/// Refuses, before any work, what needs more memory than this process may have. Estimates are the least that is needed, by arithmetic on
/// sizes, so that nothing is refused that would have run. The switch <c>Afterimage.IgnoreMemoryEstimates</c> of <see cref="AppContext"/>
/// turns them off.
/// </summary>
internal static class MemoryEstimate
{
    public const string IgnoreSwitch = "Afterimage.IgnoreMemoryEstimates";

    private static readonly string[] s_units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Whether the switch is on.</summary>
    public static bool IsIgnored => AppContext.TryGetSwitch(IgnoreSwitch, out var isIgnored) && isIgnored;

    /// <summary>Refuses what is over the limit.</summary>
    /// <param name="what">The setting and its value, such as <c>num_layers 1000000000</c>.</param>
    /// <param name="bytes">The least that it needs.</param>
    /// <param name="of">What needs it.</param>
    /// <param name="remedy">What to do instead.</param>
    /// <param name="available">What there is, if not <see cref="MachineMemory.Total"/>.</param>
    /// <exception cref="InsufficientMemoryException">It is over the limit.</exception>
    public static void Require(string what, double bytes, string of, string remedy, double? available = null)
    {
        var limit = available ?? MachineMemory.Total;
        // Not a number where sizes are beyond all bounds.
        if (bytes <= limit || IsIgnored)
            return;
        throw new InsufficientMemoryException(
            $"{what}: {of} would take {Text(bytes)} at least, and this process may have {Text(limit)}: {remedy}.");
    }

    /// <summary>A number of bytes for people.</summary>
    public static string Text(double bytes)
    {
        var unit = 0;
        for (; bytes >= 1024 && unit < s_units.Length - 1; unit++)
            bytes /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{bytes:#,0.#} {s_units[unit]}");
    }
}
