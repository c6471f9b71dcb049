using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name, as in the state dict it was saved from.</param>
/// <param name="Dtype">Its element type.</param>
/// <param name="Shape">Its dimensions, none for a scalar.</param>
/// <param name="Offset">Where its bytes begin, counted from the start of the file.</param>
/// <param name="Length">The number of its bytes.</param>
public sealed record SafetensorsEntry(string Name, ScalarType Dtype, IReadOnlyList<long> Shape, long Offset, long Length)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {SafetensorsDtype.Name(Dtype)} [{string.Join(", ", Shape)}]";
}
