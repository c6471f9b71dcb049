using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>A row of a table per number (<c>weight</c>), whose initialisation can be left out where a checkpoint follows.</summary>
internal sealed class T5TokenEmbedding : Module<Tensor, Tensor>
{
    private readonly Parameter weight; // [numbers, width]

    public T5TokenEmbedding(long numbers, long width, double deviation, Device? device, ScalarType? dtype)
        : base(nameof(T5TokenEmbedding))
    {
        weight = Parameter(empty([numbers, width], dtype: dtype, device: device));
        if (!WeightInitialization.IsSkipped)
            init.normal_(weight, 0, deviation);
        RegisterComponents();
    }

    /// <summary>[…] to […, width].</summary>
    public override Tensor forward(Tensor numbers)
    {
        using var scope = NewDisposeScope();
        return weight.index_select(0, numbers.flatten()).unflatten(0, numbers.shape).MoveToOuterDisposeScope();
    }
}
