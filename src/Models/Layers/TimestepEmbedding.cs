using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Two linear layers (<c>linear_1</c>, <c>linear_2</c>) over a timestep's frequencies. Source: diffusers
/// <c>models/embeddings.py</c> (TimestepEmbedding).
/// </summary>
public sealed class TimestepEmbedding : Module<Tensor, Tensor?, Tensor>
{
    private readonly LinearLayer linear_1;
    private readonly LinearLayer? cond_proj;
    private readonly LinearLayer linear_2;
    private readonly Func<Tensor, Tensor> _activation;
    private readonly Func<Tensor, Tensor>? _postActivation;

    /// <summary>Builds the layer.</summary>
    /// <param name="inputs">The width of the frequencies.</param>
    /// <param name="timeEmbedDim">The inner width.</param>
    /// <param name="activation">silu, mish, gelu or relu.</param>
    /// <param name="outputs">The width of the result; <see langword="null"/> for the inner width.</param>
    /// <param name="postActivation">An activation after the second layer.</param>
    /// <param name="conditionDim">The width of a condition that is added to the input; <see langword="null"/> for none.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    /// <exception cref="ArgumentException">An activation is not known.</exception>
    public TimestepEmbedding(
        long inputs,
        long timeEmbedDim,
        string activation = "silu",
        long? outputs = null,
        string? postActivation = null,
        long? conditionDim = null,
        Device? device = null,
        ScalarType? dtype = null)
        : base(nameof(TimestepEmbedding))
    {
        _activation = Activations.Get(activation);
        _postActivation = postActivation is null ? null : Activations.Get(postActivation);
        linear_1 = Dense.Linear(inputs, timeEmbedDim, true, device, dtype);
        cond_proj = conditionDim is { } width ? Dense.Linear(width, inputs, false, device, dtype) : null;
        linear_2 = Dense.Linear(timeEmbedDim, outputs ?? timeEmbedDim, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>The type of the weights.</summary>
    internal ScalarType Dtype => linear_1.Weight.dtype;

    /// <summary>Embeds.</summary>
    /// <param name="sample">[batch, inputs]</param>
    /// <param name="condition">[batch, condition dim], or <see langword="null"/>.</param>
    /// <returns>[batch, outputs]</returns>
    /// <exception cref="ArgumentException">A condition is given to a layer built without one.</exception>
    [NoSideEffects]
    public override Tensor forward(Tensor sample, Tensor? condition)
    {
        using var scope = NewDisposeScope();
        if (condition is not null)
        {
            var projection = cond_proj
                ?? throw new ArgumentException("this embedding was built without a condition; expected null", nameof(condition));
            sample = sample.Plus(projection.call(condition));
        }

        var output = linear_2.call(_activation(linear_1.call(sample)));
        return (_postActivation is null ? output : _postActivation(output)).MoveToOuterDisposeScope();
    }
}
