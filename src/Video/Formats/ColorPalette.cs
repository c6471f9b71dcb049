namespace Afterimage.Video.Formats;

/// <summary>256 colours for all frames of a film.</summary>
internal sealed class ColorPalette
{
    private const int Size = 256;
    private const int Bits = 6;

    // The nearest of every colour that was asked for, plus one.
    private readonly ushort[] _nearest = new ushort[1 << 24];

    private ColorPalette(IEnumerable<ColorGroup> groups)
    {
        foreach (var (i, group) in groups.Index())
        {
            for (var channel = 0; channel < 3; channel++)
                Bytes[i * 3 + channel] = (byte)Math.Round(group.Mean(channel));
        }
    }

    /// <summary>Red, green and blue of each.</summary>
    public byte[] Bytes { get; } = new byte[Size * 3];

    /// <summary>Colours that were counted in groups, of which the one that varies most is split at its mean until there are 256.</summary>
    public static ColorPalette Of(Film film)
    {
        var groups = new PriorityQueue<ColorGroup, double>();
        Add(new ColorGroup(Count(film)));
        while (groups.Count < Size && groups.Peek().Variation > 0)
        {
            var (low, high) = groups.Dequeue().Split();
            Add(low);
            Add(high);
        }
        return new ColorPalette(groups.UnorderedItems.Select(item => item.Element));

        void Add(ColorGroup group) => groups.Enqueue(group, -group.Variation);
    }

    /// <summary>The number of the colour that is closest to one.</summary>
    public byte Nearest(byte red, byte green, byte blue)
    {
        ref var known = ref _nearest[red << 16 | green << 8 | blue];
        if (known == 0)
            known = (ushort)(Search(red, green, blue) + 1);
        return (byte)(known - 1);
    }

    private int Search(byte red, byte green, byte blue)
    {
        var (best, least) = (0, int.MaxValue);
        for (var i = 0; i < Size; i++)
        {
            var (r, g, b) = (Bytes[i * 3] - red, Bytes[i * 3 + 1] - green, Bytes[i * 3 + 2] - blue);
            var distance = r * r + g * g + b * b;
            if (distance < least)
                (best, least) = (i, distance);
        }
        return best;
    }

    private static ColorCount[] Count(Film film)
    {
        var counts = new ColorCount[1 << 3 * Bits];
        foreach (var frame in film.Frames)
        {
            for (var i = 0; i < frame.Length; i += 3)
                counts[frame[i] >> 8 - Bits << 2 * Bits | frame[i + 1] >> 8 - Bits << Bits | frame[i + 2] >> 8 - Bits].Add(frame.AsSpan(i, 3));
        }
        return [.. counts.Where(count => count.Pixels > 0)];
    }
}
