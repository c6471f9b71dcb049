using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What a model computes in and where.</summary>
/// <param name="Dtype">The type of its first weight.</param>
/// <param name="Device">Where it is, or will be when it is called.</param>
internal readonly record struct Placement(ScalarType Dtype, Device Device)
{
    /// <summary>That of a model as it is now.</summary>
    public static Placement Of(nn.Module model)
    {
        var weight = model.parameters().First();
        return new(weight.dtype, weight.device);
    }
}
