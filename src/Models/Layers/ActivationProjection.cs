using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Approximate = TorchSharp.Modules.GELU.Approximate;

namespace Afterimage.Models;

/// <summary>
/// The first layer of a feed-forward: a projection (<c>proj</c>) and its activation, which the gated kinds apply to half of it.
/// Source: diffusers <c>models/activations.py</c> (GELU, GEGLU, ApproximateGELU, SwiGLU, LinearActivation).
/// </summary>
public sealed class ActivationProjection : Module<Tensor, Tensor>
{
    private readonly Linear proj;
    private readonly Func<Tensor, Tensor> _activate;

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
        _activate = activation switch
        {
            "gelu" => x => functional.gelu(x, Approximate.none, MayOverwrite(x)),
            "gelu-approximate" => x => functional.gelu(x, Approximate.tanh, MayOverwrite(x)),
            "geglu" => x => Gate(x, half => functional.gelu(half)),
            "geglu-approximate" => x => x * sigmoid(x.Times(1.702)),
            "swiglu" => x => Gate(x, half => functional.silu(half)),
            "linear-silu" => x => functional.silu(x, MayOverwrite(x)),
            _ => throw new ArgumentException(
                $"activation '{activation}' is not known; expected gelu, gelu-approximate, geglu, geglu-approximate, swiglu or "
                + "linear-silu",
                nameof(activation)),
        };
        var gated = activation is "geglu" or "swiglu";
        proj = Dense.Linear(inputs, gated ? 2 * outputs : outputs, bias, device, dtype);
        RegisterComponents();
    }

    /// <summary>Projects and activates.</summary>
    /// <param name="input">[…, inputs]</param>
    /// <returns>[…, outputs]</returns>
    [NoSideEffects]
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return _activate(proj.call(input)).MoveToOuterDisposeScope();
    }

    // The projection's result is this layer's own: without gradients its memory can take the activation.
    private static bool MayOverwrite(Tensor projected) => !projected.requires_grad;

    private static Tensor Gate(Tensor projected, Func<Tensor, Tensor> activate)
    {
        var halves = projected.chunk(2, dim: -1);
        return halves[0] * activate(halves[1]);
    }
}
