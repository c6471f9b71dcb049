namespace Afterimage.Cli;

/// <summary>Refuses what does not fit on a disk, before the first byte is written. The switch of <see cref="MemoryEstimate"/> turns this off, too.</summary>
internal static class DiskEstimate
{
    /// <param name="what">The option and its value, or what is written.</param>
    /// <param name="bytes">What will be there at a time, at the least.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="free">What is free there, if not what the system says.</param>
    /// <exception cref="IOException">It does not fit.</exception>
    public static void Require(string what, double bytes, string folder, double? free = null)
    {
        var limit = free ?? new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        if (bytes > limit && !MemoryEstimate.IsIgnored)
            throw new IOException($"{what} would write {MemoryEstimate.Text(bytes)} at least to '{folder}', where {MemoryEstimate.Text(limit)} are free: ask for less, or make room (--force begins all the same).");
    }
}
