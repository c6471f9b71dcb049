namespace Afterimage.Video.Formats;

/// <summary>Pixels of colours that are nearly the same.</summary>
internal struct ColorCount
{
    private long _red, _green, _blue;

    /// <summary>How many.</summary>
    public long Pixels { get; private set; }

    /// <summary>Counts one, given as red, green and blue.</summary>
    public void Add(ReadOnlySpan<byte> color) =>
        (Pixels, _red, _green, _blue) = (Pixels + 1, _red + color[0], _green + color[1], _blue + color[2]);

    /// <summary>Their mean red (0), green (1) or blue (2).</summary>
    public readonly double Mean(int channel) => (double)(channel == 0 ? _red : channel == 1 ? _green : _blue) / Pixels;
}

/// <summary>Colours that one colour may stand for.</summary>
internal sealed class ColorGroup
{
    private readonly ColorCount[] _colors;
    private readonly double[] _means = new double[3];
    private readonly int _widest;

    public ColorGroup(ColorCount[] colors)
    {
        _colors = colors;
        var pixels = (double)colors.Sum(color => color.Pixels);
        for (var channel = 0; channel < 3; channel++)
        {
            var mean = _means[channel] = colors.Sum(color => color.Pixels * color.Mean(channel)) / pixels;
            var variation = colors.Sum(color => color.Pixels * (color.Mean(channel) - mean) * (color.Mean(channel) - mean));
            if (colors.Length > 1 && variation > Variation)
                (Variation, _widest) = (variation, channel);
        }
    }

    /// <summary>The sum of squared distances from the mean, in the channel where it is largest.</summary>
    public double Variation { get; }

    /// <summary>The mean of a channel.</summary>
    public double Mean(int channel) => _means[channel];

    /// <summary>Two groups, of the colours with less and with more of the channel that varies most.</summary>
    public (ColorGroup Low, ColorGroup High) Split()
    {
        var sides = _colors.ToLookup(color => color.Mean(_widest) < _means[_widest]);
        return (new([.. sides[true]]), new([.. sides[false]]));
    }
}
