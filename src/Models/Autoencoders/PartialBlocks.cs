using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Whether oneDNN, in this libtorch and on this processor, convolves channels that do not fill their last block. On AMD's Zen 5 libtorch 2.10 computes other
/// numbers then, not always the same ones: in bfloat16 the output of every convolution but 1 × 1, in float32 the gradient of its input. Input channels that
/// do not fill even one block come out right.
/// </summary>
internal static class PartialBlocks
{
    /// <summary>The channels of a block.</summary>
    public const int Channels = 16;

    private const int Outputs = Channels / 2;

    private static readonly Lazy<bool> s_areWrong = new(AreWrongHere);

    /// <summary>Whether a convolution has to fill its last block of channels, as found by trying one.</summary>
    public static bool AreWrong => s_areWrong.Value;

    /// <summary>How many channels are missing from the last block of outputs.</summary>
    public static long MissingOutputs(long outputs) => -outputs & (Channels - 1);

    /// <summary>How many channels are missing from the last block of inputs.</summary>
    public static long MissingInputs(long inputs) => inputs < Channels ? 0 : -inputs & (Channels - 1);

    /// <summary>Of ones alone, in output channel c the numbers off the border are 9 · 16 · (c + 1), which bfloat16 has.</summary>
    private static bool AreWrongHere()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var factors = TensorArithmetic.Range(Outputs, ScalarType.BFloat16, CPU).Plus(1).view(Outputs, 1, 1, 1);
        var input = ones([1, Channels, 4, 4], ScalarType.BFloat16, CPU);
        var output = functional.conv2d(input, factors * ones([Outputs, Channels, 3, 3], ScalarType.BFloat16, CPU), padding: [1, 1]);
        var expected = factors.view(1, Outputs, 1, 1).Times(9 * Channels);
        return !output.narrow(2, 1, 2).narrow(3, 1, 2).Equals(expected.expand(1, Outputs, 2, 2));
    }
}
