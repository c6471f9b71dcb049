using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Video;

/// <summary>
/// LPIPS: how far apart two films look to a network that was trained to see as people do (Zhang, Isola, Efros, Shechtman and Wang,
/// <em>The Unreasonable Effectiveness of Deep Features as a Perceptual Metric</em>, 2018), version 0.1 with AlexNet. In spite of its
/// name it is a distance: 0 where the films are equal, and the larger the less alike they are. As
/// <c>lpips.LPIPS(net='alex')</c> of PerceptualSimilarity (<c>lpips/lpips.py</c>), whose weights its user must have.
/// </summary>
/// <remarks>
/// Works in float32, as the reference does, where its copies of the weights are, on one pair of frames at a time. Several threads may
/// measure at once, none while it is disposed.
/// </remarks>
public sealed class PerceptualSimilarity : IDisposable
{
    private const double Epsilon = 1e-10;
    private static readonly float[] s_shift = [-0.030f, -0.088f, -0.188f];
    private static readonly float[] s_scale = [0.458f, 0.448f, 0.450f];

    private readonly Dictionary<string, Tensor> _weights;
    private readonly Tensor _shift;
    private readonly Tensor _scale;
    private readonly Device _device;
    private bool _isDisposed;

    private PerceptualSimilarity(Dictionary<string, Tensor> weights, Tensor shift, Tensor scale, Device device) =>
        (_weights, _shift, _scale, _device) = (weights, shift, scale, device);

    /// <summary>
    /// The names and shapes of the weights that <see cref="FromStateDict"/> needs: <c>net.slice1.0.weight</c> [64, 3, 11, 11] to
    /// <c>net.slice5.10.bias</c> [256] of AlexNet, and <c>lin0.model.1.weight</c> [1, 64, 1, 1] to <c>lin4.model.1.weight</c> [1, 256, 1, 1].
    /// </summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<long>> WeightShapes { get; } = Shapes();

    /// <summary>The measure with these weights.</summary>
    /// <param name="weights">
    /// The reference module's state dict, of any floating-point type: all of <see cref="WeightShapes"/>. What else is there is passed over: the
    /// scaling layer's numbers are known, and <c>lins</c> are <c>lin0</c> to <c>lin4</c> again. The tensors are copied and stay the caller's.
    /// </param>
    /// <param name="where">Where the weights come from, such as a file's path: messages begin with it.</param>
    /// <param name="device">Where to measure; the CPU if <see langword="null"/>.</param>
    /// <exception cref="InvalidDataException">
    /// A weight is missing, of another shape, or no floating-point numbers: the message says where, which, what was expected and what was found.
    /// </exception>
    public static PerceptualSimilarity FromStateDict(IReadOnlyDictionary<string, Tensor> weights, string where, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(where);
        foreach (var (name, shape) in WeightShapes)
            Check(weights, where, name, shape);

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var place = device ?? CPU;
        var copies = WeightShapes.Keys.ToDictionary(name => name, name => weights[name].detach().to(ScalarType.Float32, place, copy: true));
        var (shift, scale) = (tensor(s_shift, device: place).view(1, 3, 1, 1), tensor(s_scale, device: place).view(1, 3, 1, 1));
        foreach (var kept in copies.Values.Append(shift).Append(scale))
            kept.DetachFromDisposeScope();
        return new(copies, shift, scale, place);
    }

    /// <summary>The mean distance over frames. Each frame is that of the reference with <c>normalize=True</c>: [0, 1] becomes [-1, 1] here.</summary>
    /// <param name="film">
    /// A film <c>[..., frames, 3, height, width]</c> in [0, 1], floating-point, whose frames are 31 pixels wide and high at least. Leading
    /// dimensions count frame by frame.
    /// </param>
    /// <param name="reference">What it is compared with; the measure is symmetric.</param>
    /// <exception cref="ArgumentException">The films are no films, differ in shape, are too small, or have not 3 channels.</exception>
    /// <exception cref="ObjectDisposedException">The weights are freed.</exception>
    public double Of(Tensor film, Tensor reference) => PerFrame(film, reference).Average();

    /// <summary>As <see cref="Of"/>, for each frame by itself.</summary>
    /// <inheritdoc cref="Of"/>
    public IReadOnlyList<double> PerFrame(Tensor film, Tensor reference)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        FramePairs.Check("LPIPS", film, reference, leastSize: AlexNetLayer.LeastSize, channels: 3);
        return FramePairs.Measure(film, reference, ScalarType.Float32, _device, Distance);
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (var kept in _weights.Values.Append(_shift).Append(_scale))
            kept.Dispose();
    }

    private double Distance(Tensor frame, Tensor other)
    {
        var (x, y) = (Scaled(frame), Scaled(other));
        var sum = 0.0;
        foreach (var (i, layer) in AlexNetLayer.All.Index())
        {
            var (weight, bias) = (_weights[layer.Weight], _weights[layer.Bias]);
            (x, y) = (layer.Of(x, weight, bias), layer.Of(y, weight, bias));
            var difference = (Normalized(x) - Normalized(y)).Squared();
            sum += functional.conv2d(difference, _weights[Calibration(i)]).to(ScalarType.Float64).mean().item<double>();
        }
        return sum;
    }

    private Tensor Scaled(Tensor frame) => (frame.unsqueeze(0).Times(2).Minus(1) - _shift) / _scale;

    /// <summary>Features of length 1 at each place.</summary>
    private static Tensor Normalized(Tensor features) => features / features.Squared().sum(1, keepdim: true).sqrt().Plus(Epsilon);

    private static string Calibration(int layer) => $"lin{layer}.model.1.weight";

    private static void Check(IReadOnlyDictionary<string, Tensor> weights, string where, string name, IReadOnlyList<long> shape)
    {
        var expected = $"[{string.Join(", ", shape)}]";
        if (!weights.TryGetValue(name, out var weight))
            throw MalformedFile.Because(where, name, expected, "no such tensor");
        if (!weight.shape.SequenceEqual(shape))
            throw MalformedFile.Because(where, name, expected, $"[{string.Join(", ", weight.shape)}]");
        if (!is_floating_point(weight))
            throw MalformedFile.Because(where, name, "floating-point numbers", $"{weight.dtype}");
    }

    private static Dictionary<string, IReadOnlyList<long>> Shapes()
    {
        var shapes = new Dictionary<string, IReadOnlyList<long>>();
        foreach (var (i, layer) in AlexNetLayer.All.Index())
        {
            shapes[layer.Weight] = [layer.Outputs, layer.Inputs, layer.Kernel, layer.Kernel];
            shapes[layer.Bias] = [layer.Outputs];
            shapes[Calibration(i)] = [1, layer.Outputs, 1, 1];
        }
        return shapes;
    }
}
