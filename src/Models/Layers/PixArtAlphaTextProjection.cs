using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Two linear layers (<c>linear_1</c>, <c>linear_2</c>) over the prompt's embedding. Source: diffusers
/// <c>models/embeddings.py</c> (PixArtAlphaTextProjection).
/// </summary>
public sealed class PixArtAlphaTextProjection : Module<Tensor, Tensor>
{
    private readonly LinearLayer linear_1;
    private readonly LinearLayer linear_2;
    private readonly Func<Tensor, Tensor> _activation;

    /// <summary>Builds the layer.</summary>
    /// <param name="inputs">The width of the prompt's embedding.</param>
    /// <param name="hiddenSize">The width of the result.</param>
    /// <param name="activation">gelu_tanh or silu.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    /// <exception cref="ArgumentException">The activation is not known.</exception>
    public PixArtAlphaTextProjection(
        long inputs, long hiddenSize, string activation = "gelu_tanh", Device? device = null, ScalarType? dtype = null)
        : base(nameof(PixArtAlphaTextProjection))
    {
        _activation = Activations.Get(activation);
        linear_1 = Dense.Linear(inputs, hiddenSize, true, device, dtype);
        linear_2 = Dense.Linear(hiddenSize, hiddenSize, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>Projects.</summary>
    /// <param name="caption">[…, inputs]</param>
    /// <returns>[…, hidden size]</returns>
    [NoSideEffects]
    public override Tensor forward(Tensor caption)
    {
        using var scope = NewDisposeScope();
        return linear_2.call(_activation(linear_1.call(caption))).MoveToOuterDisposeScope();
    }
}
