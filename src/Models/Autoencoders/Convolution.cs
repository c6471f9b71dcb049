using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// torch's Conv2d or Conv3d (<c>weight</c>, <c>bias</c>), whose initialisation can be left out where a checkpoint follows.
/// </summary>
internal sealed class Convolution : Module<Tensor, Tensor>, IMeasured
{
    /// <summary>Numbers of an input above which frames are taken in parts (2 GiB in half precision).</summary>
    private const long LargestInput = 1L << 30;

    /// <summary>Numbers of a single sample, without its last dimension if it is of a video, up to which it is small.</summary>
    private const long LargestUnfolded = 20480;

    /// <summary>The channels that oneDNN's layouts have next to each other.</summary>
    private const int ChannelBlock = PartialBlocks.Channels;

    private readonly Parameter weight; // [outputs, inputs, rows, columns] or [outputs, inputs, frames, rows, columns]
    private readonly Parameter bias;
    private readonly long[] _stride;
    private readonly long[] _padding;

    /// <summary>Builds a layer whose stride and padding are those of rows and columns; over frames there is a stride of 1, and no padding.</summary>
    public Convolution(
        long inputs, long outputs, ReadOnlySpan<long> kernel, long stride, long padding, Device? device, ScalarType? dtype)
        : this(
            inputs, outputs, kernel,
            kernel.Length == 2 ? [stride, stride] : [1, stride, stride],
            kernel.Length == 2 ? [padding, padding] : [0, padding, padding], device, dtype)
    {
    }

    /// <summary>Builds the layer.</summary>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">Rows and columns of the kernel (Conv2d), or frames, rows and columns (Conv3d).</param>
    /// <param name="stride">The stride over each of these.</param>
    /// <param name="padding">Zeros on both sides of each of these.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public Convolution(
        long inputs, long outputs, ReadOnlySpan<long> kernel, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding, Device? device, ScalarType? dtype)
        : base(nameof(Convolution))
    {
        (_stride, _padding) = (stride.ToArray(), padding.ToArray());
        weight = Parameter(empty([outputs, inputs, .. kernel], dtype: dtype, device: device));
        bias = Parameter(empty(outputs, dtype: dtype, device: device));
        if (!WeightInitialization.IsSkipped)
        {
            init.kaiming_uniform_(weight, a: Math.Sqrt(5));
            var bound = 1 / Math.Sqrt(weight.numel() / outputs);
            init.uniform_(bias, -bound, bound);
        }

        RegisterComponents();
    }

    /// <summary>[batch, inputs, (frames,) height, width] to [batch, outputs, (frames,) height, width]. The caller owns the result.</summary>
    public override Tensor forward(Tensor input)
    {
        var outputs = PartialBlocks.MissingOutputs(weight.size(0));
        var inputs = PartialBlocks.MissingInputs(weight.size(1));
        if ((outputs == 0 && inputs == 0) || input.device_type != TorchSharp.DeviceType.CPU || !PartialBlocks.AreWrong)
            return Convolve(input, weight, bias);
        using var scope = NewDisposeScope();
        var whole = Convolve(Filled(input, 1, inputs), Filled(Filled(weight, 1, inputs), 0, outputs), Filled(bias, 0, outputs));
        return whole.narrow(1, 0, weight.size(0)).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>A tensor with more zeros at the end of one dimension, or itself.</summary>
    private static Tensor Filled(Tensor part, int dimension, long more)
    {
        if (more == 0)
            return part;
        var shape = part.shape;
        shape[dimension] = more;
        return cat([part, part.new_zeros(shape)], dimension);
    }

    private Tensor Convolve(Tensor input, Tensor kernel, Tensor offset) => kernel.dim() == 4
        ? functional.conv2d(input, kernel, offset, _stride, _padding)
        : functional.conv3d(input, kernel, offset, _stride, _padding);

    /// <summary>
    /// As <see cref="forward"/> over frames that are padded already, some at a time where there are more numbers than one call takes. The caller owns the result. Source:
    /// diffusers <c>models/autoencoders/autoencoder_kl_cogvideox.py</c>, <c>CogVideoXSafeConv3d</c>.
    /// </summary>
    public Tensor InParts(Tensor input)
    {
        var (kernel, stride) = (weight.size(2), _stride[0]);
        var frames = (input.size(2) - kernel) / stride + 1;
        var parts = (long)PartsOf(input.numel(), frames);
        if (parts == 1)
            return call(input);
        using var scope = NewDisposeScope();
        var outputs = new List<Tensor>();
        for (long start = 0, count; start < frames; start += count)
        {
            count = Math.Min((frames + parts - 1) / parts, frames - start);
            outputs.Add(call(input.narrow(2, start * stride, (count - 1) * stride + kernel)));
        }
        return cat(outputs, 2).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// With what torch makes on the CPU: oneDNN's copies of weights, input and output in layouts of its own, for half types also of the input with zeros around it, or
    /// where oneDNN is not used, what each number of the output is made of, side by side.
    /// </summary>
    public Footprint Measure(Extent input)
    {
        var output = OutputOf(input);
        if (IsUnfolded(input))
        {
            var kernel = weight.numel() / weight.size(0);
            return new(output, input.Bytes + output.Bytes + (kernel == weight.size(1) ? 0 : (output with { Channels = kernel }).Bytes));
        }
        var made = InBlocks(output);
        var taken = InBlocks(input) * (input.NumberBytes == 2 ? 2 : 1);
        return new(output, input.Bytes + made + Math.Max(taken + weight.numel() * input.NumberBytes, output.Bytes));
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

    /// <summary>How many parts the frames of an input are taken in.</summary>
    private static double PartsOf(double numbers, double frames) => Math.Min(frames, Math.Floor(numbers / LargestInput) + 1);

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
