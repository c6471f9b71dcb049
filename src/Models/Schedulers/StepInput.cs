using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Checks of what a step is given.</summary>
internal static class StepInput
{
    public static void SameShape(Tensor sample, Tensor other, string name)
    {
        if (!sample.shape.SequenceEqual(other.shape))
        {
            throw new ArgumentException(
                $"expected the sample's shape [{string.Join(", ", sample.shape)}], found [{string.Join(", ", other.shape)}]", name);
        }
    }
}
