using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Approximate = TorchSharp.Modules.GELU.Approximate;

namespace Afterimage;

/// <summary>
/// A linear layer (<c>weight</c>, <c>bias</c>), as torch's, with an activation behind it at will. On processors where libtorch has a faster product
/// than its <c>linear</c> takes, that one is called, and the activation in the same pass over memory.
/// </summary>
/// <remarks>
/// That is so for AMD's processors with AVX-512, where MKL, which <c>linear</c> takes for float32, keeps to AVX2 and oneDNN does not, unless gradients are asked for;
/// and for half types where libtorch multiplies them one number at a time, which are multiplied in float32. Results differ from torch's by the order of sums.
/// </remarks>
public sealed class LinearLayer : Module<Tensor, Tensor>
{
    // With fewer rows, weights are converted for longer than it takes to multiply by them one number at a time.
    private const int FewestRowsInSingle = 32;

    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly LinearActivation _activation;

    /// <summary>Makes a layer of weights, which it owns from now on.</summary>
    /// <param name="weight">[outputs, inputs]</param>
    /// <param name="bias">[outputs], or <see langword="null"/> for none.</param>
    /// <param name="activation">What the outputs go through.</param>
    public LinearLayer(Parameter weight, Parameter? bias = null, LinearActivation activation = LinearActivation.None)
        : base(nameof(LinearLayer))
    {
        this.weight = weight;
        this.bias = bias;
        _activation = activation;
        RegisterComponents();
    }

    /// <summary>[outputs, inputs]</summary>
    public Parameter Weight => weight;

    /// <summary>[outputs], or <see langword="null"/> where there is none.</summary>
    public Parameter? Bias => bias;

    /// <summary>The width of the input.</summary>
    public long InFeatures => weight.size(1);

    /// <summary>The width of the output.</summary>
    public long OutFeatures => weight.size(0);

    /// <summary>activation(input · weightᵀ + bias). Owned by the caller.</summary>
    /// <param name="input">[…, inputs]</param>
    /// <returns>[…, outputs]</returns>
    [NoSideEffects]
    public override Tensor forward(Tensor input)
    {
        if (OneDnn.Takes(input, weight, bias))
            return OneDnn.Linear(input, weight, bias, _activation);
        if (_activation == LinearActivation.None)
            return Project(input, weight, bias);
        // TorchSharp's activations in place make a second handle that they do not give out.
        using var scope = NewDisposeScope();
        return Activate(Project(input, weight, bias)).MoveToOuterDisposeScope();
    }

    /// <summary>torch's linear layer, in float32 where that is faster and rounded to the type of the input. Owned by the caller.</summary>
    internal static Tensor Project(Tensor input, Tensor weight, Tensor? bias)
    {
        if (!Processor.IsSlowIn(input.dtype)
            || input.device_type != TorchSharp.DeviceType.CPU
            || input.dtype != weight.dtype
            || input.numel() < FewestRowsInSingle * weight.size(1))
        {
            return functional.linear(input, weight, bias);
        }
        using var scope = NewDisposeScope();
        return functional.linear(input.to(ScalarType.Float32), weight.to(ScalarType.Float32), bias?.to(ScalarType.Float32))
            .to(input.dtype)
            .MoveToOuterDisposeScope();
    }

    private Tensor Activate(Tensor projected)
    {
        // Without gradients the projection's memory can take the activation.
        var inPlace = !projected.requires_grad;
        return _activation switch
        {
            LinearActivation.Gelu => functional.gelu(projected, Approximate.none, inPlace),
            LinearActivation.GeluTanh => functional.gelu(projected, Approximate.tanh, inPlace),
            LinearActivation.Silu => functional.silu(projected, inPlace),
            _ => throw new InvalidOperationException($"{_activation} is not an activation."),
        };
    }
}
