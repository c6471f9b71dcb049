using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// torch's Conv2d or Conv3d (<c>weight</c>, <c>bias</c>), whose initialisation can be left out where a checkpoint follows.
/// </summary>
internal sealed partial class Convolution : Module<Tensor, Tensor>, IMeasured
{
    /// <summary>Numbers of an input above which frames are taken in parts (2 GiB in half precision).</summary>
    private const long LargestInput = 1L << 30;

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
        if (input.device_type != TorchSharp.DeviceType.CPU)
            return Convolve(input, weight, bias);
        if (!Processor.IsSlowIn(input.dtype))
            return ConvolveOnCpu(input, weight, bias);
        using var scope = NewDisposeScope();
        return ConvolveOnCpu(input.to(ScalarType.Float32), weight.to(ScalarType.Float32), bias.to(ScalarType.Float32)).to(input.dtype).MoveToOuterDisposeScope();
    }

    private Tensor ConvolveOnCpu(Tensor input, Tensor kernel, Tensor offset) =>
        input.dim() == 5 && AreFramesSamples(new(input.size(0), input.size(1), input.size(2), input.size(3), input.size(4), (int)input.element_size()))
            ? ConvolveFrames(input, kernel, offset)
            : ConvolveWholeBlocks(input, kernel, offset);

    /// <summary>As a convolution of pictures: a sample for each frame of the output, whose channels are those of all the frames that it is made of.</summary>
    private Tensor ConvolveFrames(Tensor input, Tensor kernel, Tensor offset)
    {
        using var scope = NewDisposeScope();
        var samples = input.unfold(2, kernel.size(2), _stride[0]) // [1, inputs, frames, height, width, frames of the kernel]
            .permute(2, 0, 1, 5, 3, 4)
            .flatten(1, 3);
        return ConvolveWholeBlocks(samples, kernel.flatten(1, 2), offset).transpose(0, 1).unsqueeze(0).contiguous().MoveToOuterDisposeScope();
    }

    private Tensor ConvolveWholeBlocks(Tensor input, Tensor kernel, Tensor offset)
    {
        var outputs = PartialBlocks.MissingOutputs(kernel.size(0));
        var inputs = PartialBlocks.MissingInputs(kernel.size(1));
        if ((outputs == 0 && inputs == 0) || !PartialBlocks.AreWrong)
            return Convolve(input, kernel, offset);
        using var scope = NewDisposeScope();
        var whole = Convolve(Filled(input, 1, inputs), Filled(Filled(kernel, 1, inputs), 0, outputs), Filled(offset, 0, outputs));
        return whole.narrow(1, 0, kernel.size(0)).contiguous().MoveToOuterDisposeScope();
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
        ? functional.conv2d(input, kernel, offset, _stride[^2..], _padding[^2..])
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

    /// <summary>How many parts the frames of an input are taken in.</summary>
    private static double PartsOf(double numbers, double frames) => Math.Min(frames, Math.Floor(numbers / LargestInput) + 1);
}
