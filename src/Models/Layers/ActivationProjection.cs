using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The first layer of a feed-forward: a projection (<c>proj</c>) and its activation, which the gated kinds apply to half of it.
/// Source: diffusers <c>models/activations.py</c> (GELU, GEGLU, ApproximateGELU, SwiGLU, LinearActivation).
/// </summary>
public sealed class ActivationProjection : Module<Tensor, Tensor>
{
    private readonly LinearLayer proj;
    private readonly Func<Tensor, Tensor>? _gate;

    /// <summary>Builds the layer.</summary>
    /// <param name="inputs">The width of the input.</param>
    /// <param name="outputs">The width of the output; gated kinds project to twice as much.</param>
    /// <param name="activation">gelu, gelu-approximate, geglu, geglu-approximate, swiglu or linear-silu.</param>
    /// <param name="bias">Whether the projection has a bias.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    /// <exception cref="ArgumentException">The activation is none of these.</exception>
    public ActivationProjection(
        long inputs, long outputs, string activation, bool bias = true, Device? device = null, ScalarType? dtype = null)
        : base(nameof(ActivationProjection))
    {
        _gate = activation switch
        {
            "geglu" => x => Gate(x, half => functional.gelu(half)),
            "geglu-approximate" => x => x * sigmoid(x.Times(1.702)),
            "swiglu" => x => Gate(x, half => functional.silu(half)),
            _ => null,
        };
        var pointwise = activation switch
        {
            "gelu" => LinearActivation.Gelu,
            "gelu-approximate" => LinearActivation.GeluTanh,
            "linear-silu" => LinearActivation.Silu,
            _ when _gate is not null => LinearActivation.None,
            _ => throw new ArgumentException(
                $"activation '{activation}' is not known; expected gelu, gelu-approximate, geglu, geglu-approximate, swiglu or "
                + "linear-silu",
                nameof(activation)),
        };
        var isHalved = activation is "geglu" or "swiglu";
        proj = Dense.Linear(inputs, isHalved ? 2 * outputs : outputs, bias, device, dtype, pointwise);
        RegisterComponents();
    }

    /// <summary>Projects and activates.</summary>
    /// <param name="input">[…, inputs]</param>
    /// <returns>[…, outputs]</returns>
    [NoSideEffects]
    public override Tensor forward(Tensor input)
    {
        if (_gate is null)
            return proj.call(input);
        using var scope = NewDisposeScope();
        return _gate(proj.call(input)).MoveToOuterDisposeScope();
    }

    private static Tensor Gate(Tensor projected, Func<Tensor, Tensor> activate)
    {
        var halves = projected.chunk(2, dim: -1);
        return halves[0] * activate(halves[1]);
    }
}
