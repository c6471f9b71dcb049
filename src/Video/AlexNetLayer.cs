using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Video;

/// <summary>
/// One of the five convolutions of AlexNet, with what stands before and after it. Source: torchvision's <c>alexnet</c>, as
/// <c>lpips/pretrained_networks.py</c> of PerceptualSimilarity cuts and names it.
/// </summary>
/// <param name="Name">What its weights are called.</param>
/// <param name="Outputs">Output channels.</param>
/// <param name="Inputs">Input channels.</param>
/// <param name="Kernel">Rows and columns of the kernel.</param>
/// <param name="Stride">The stride over both.</param>
/// <param name="Padding">Zeros on each side.</param>
/// <param name="IsPooled">Whether the largest of 3 × 3 numbers, every second one, is taken first.</param>
internal sealed record AlexNetLayer(string Name, long Outputs, long Inputs, long Kernel, long Stride, long Padding, bool IsPooled)
{
    /// <summary>The sides of the smallest picture that leaves the last layer something to look at.</summary>
    public const long LeastSize = 31;

    public static IReadOnlyList<AlexNetLayer> All { get; } =
    [
        new("net.slice1.0", 64, 3, 11, 4, 2, false),
        new("net.slice2.3", 192, 64, 5, 1, 2, true),
        new("net.slice3.6", 384, 192, 3, 1, 1, true),
        new("net.slice4.8", 256, 384, 3, 1, 1, false),
        new("net.slice5.10", 256, 256, 3, 1, 1, false),
    ];

    public string Weight => $"{Name}.weight";

    public string Bias => $"{Name}.bias";

    /// <summary>What the layer makes of the one before it, <c>[1, inputs, height, width]</c>: no number below 0.</summary>
    public Tensor Of(Tensor input, Tensor weight, Tensor bias)
    {
        var seen = IsPooled ? functional.max_pool2d(input, 3, 2) : input;
        return functional.conv2d(seen, weight, bias, [Stride, Stride], [Padding, Padding]).relu_();
    }
}
