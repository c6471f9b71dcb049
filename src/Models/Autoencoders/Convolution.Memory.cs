namespace Afterimage.Models;

/// <summary>How libtorch convolves on the CPU, and what it takes for it.</summary>
internal sealed partial class Convolution
{
    /// <summary>Numbers of a single sample, without its last dimension if it is of a video, up to which it is small.</summary>
    private const long LargestUnfolded = 20480;

    /// <summary>The channels that oneDNN's layouts have next to each other.</summary>
    private const int ChannelBlock = PartialBlocks.Channels;

    /// <summary>
    /// With what is made on the CPU: copies in float32 of half types that are slow, samples of the frames where they are convolved one by one, oneDNN's copies of weights,
    /// input and output in layouts of its own, for half types also of the input with zeros around it, or where oneDNN is not used, what each number
    /// of the output is made of, side by side.
    /// </summary>
    public Footprint Measure(Extent input)
    {
        if (input.InSingle == input || !Processor.IsSlowIn(weight.dtype))
            return new(OutputOf(input), PeakOf(input));
        var (single, output) = (input.InSingle, OutputOf(input));
        return new(output, input.Bytes + weight.numel() * single.NumberBytes + Math.Max(PeakOf(single), single.Bytes + output.InSingle.Bytes + output.Bytes));
    }

    private double PeakOf(Extent input)
    {
        var output = OutputOf(input);
        if (AreFramesSamples(input))
        {
            var samples = input with { Batch = output.Frames, Channels = input.Channels * weight.size(2), Frames = 1 };
            return input.Bytes + Math.Max(PeakInBlocks(samples, output), samples.Bytes + 2 * output.Bytes);
        }
        if (IsUnfolded(input))
            return PeakUnfolded(input, output);
        // Kernels that are a point of each frame torch leaves to oneDNN where it has more than one thread.
        var isPointed = weight.size(-1) == 1 && weight.size(-2) == 1;
        return Math.Max(PeakInBlocks(input, output), isPointed ? PeakUnfolded(input, output) : 0);
    }

    private double PeakUnfolded(Extent input, Extent output)
    {
        var kernel = weight.numel() / weight.size(0);
        return input.Bytes + output.Bytes + (kernel == weight.size(1) ? 0 : (output with { Channels = kernel }).Bytes);
    }

    private double PeakInBlocks(Extent input, Extent output)
    {
        var taken = InBlocks(input) * (input.NumberBytes == 2 ? 2 : 1);
        return input.Bytes + InBlocks(output) + Math.Max(taken + weight.numel() * input.NumberBytes, output.Bytes);
    }

    /// <summary>As <see cref="Measure"/>, of <see cref="InParts"/>, which takes each part out of the input and joins what is made of them.</summary>
    public Footprint MeasureInParts(Extent input)
    {
        var output = OutputOf(input);
        var parts = PartsOf(input.Numbers, output.Frames);
        if (parts <= 1)
            return Measure(input);
        var part = Measure(input with { Frames = (Math.Ceiling(output.Frames / parts) - 1) * _stride[0] + weight.size(2) });
        return new(output, input.Bytes + output.Bytes + Math.Max(part.Peak, output.Bytes));
    }

    private Extent OutputOf(Extent input)
    {
        double Axis(double size, int fromLast) => Math.Floor((size + 2 * _padding[^fromLast] - weight.size(-fromLast)) / _stride[^fromLast]) + 1;
        return input with
        {
            Channels = weight.size(0),
            Frames = weight.dim() == 4 ? input.Frames : Axis(input.Frames, 3),
            Height = Axis(input.Height, 2),
            Width = Axis(input.Width, 1),
        };
    }

    /// <summary>
    /// Whether frames are convolved one by one. torch does not look at the width of a video where it finds a single one too small for oneDNN
    /// (<c>ConvParams::use_mkldnn</c>), and what it does instead is ten times slower for kernels of more than a point. Time is padded already.
    /// </summary>
    private bool AreFramesSamples(Extent input) =>
        weight.dim() == 5 && weight.size(2) > 1 && weight.size(4) > 1 && _padding[0] == 0 && input.NumberBytes == sizeof(float) && IsUnfolded(input);

    /// <summary>Whether torch (<c>ConvParams::use_mkldnn</c>) leaves an input to its own convolution: double precision, and small ones in single.</summary>
    private bool IsUnfolded(Extent input)
    {
        var (batch, numbers) = weight.dim() == 4
            ? (input.Batch * input.Frames, input.Channels * input.Height * input.Width)
            : (input.Batch, input.Channels * input.Frames * input.Height);
        return input.NumberBytes == sizeof(double) || (input.NumberBytes == sizeof(float) && batch == 1 && numbers <= LargestUnfolded);
    }

    /// <summary>The bytes where channels are in blocks.</summary>
    private static double InBlocks(Extent video) => (video with { Channels = Math.Ceiling(video.Channels / ChannelBlock) * ChannelBlock }).Bytes;
}
