using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Approximate = TorchSharp.Modules.GELU.Approximate;

namespace Afterimage.Models;

/// <summary>
/// Activation functions by the names that configs use. Sources: diffusers <c>models/activations.py</c>, transformers
/// <c>activations.py</c>.
/// </summary>
internal static class Activations
{
    public static Func<Tensor, Tensor> Get(string name) => name.ToLowerInvariant() switch
    {
        "silu" or "swish" => x => functional.silu(x),
        "mish" => x => x * x.Softplus().tanh(),
        "gelu" => x => functional.gelu(x),
        "gelu_tanh" or "gelu_new" or "gelu_pytorch_tanh" => x => functional.gelu(x, Approximate.tanh),
        "quick_gelu" => x => x * sigmoid(x.Times(1.702)),
        "relu" => x => functional.relu(x),
        _ => throw new ArgumentException(
            $"activation '{name}' is not known; expected silu, swish, mish, gelu, gelu_tanh, gelu_new, gelu_pytorch_tanh, quick_gelu or relu", nameof(name)),
    };
}
