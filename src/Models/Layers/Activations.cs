using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>Activation functions by the names that configs use. Source: diffusers <c>models/activations.py</c>.</summary>
internal static class Activations
{
    public static Func<Tensor, Tensor> Get(string name) => name.ToLowerInvariant() switch
    {
        "silu" or "swish" => x => functional.silu(x),
        "mish" => x => functional.mish(x),
        "gelu" => x => functional.gelu(x),
        "relu" => x => functional.relu(x),
        _ => throw new ArgumentException($"activation '{name}' is not known; expected silu, swish, mish, gelu or relu", nameof(name)),
    };
}
