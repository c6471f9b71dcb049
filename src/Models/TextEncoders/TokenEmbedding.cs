using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>A row of a table per number (<c>weight</c>), whose initialisation can be left out where a checkpoint follows.</summary>
internal sealed class TokenEmbedding : Module<Tensor, Tensor>
{
    private readonly Parameter weight; // [numbers, width]

    public TokenEmbedding(long numbers, long width, double deviation, Device? device, ScalarType? dtype)
        : base(nameof(TokenEmbedding))
    {
        weight = Parameter(empty([numbers, width], dtype: dtype, device: device));
        if (!WeightInitialization.IsSkipped)
            init.normal_(weight, 0, deviation);
        RegisterComponents();
    }

    /// <summary>The rows from the first on, as a view: [count, width].</summary>
    public Tensor First(long count) => weight.narrow(0, 0, count);

    /// <summary>[…] to […, width].</summary>
    public override Tensor forward(Tensor numbers)
    {
        using var scope = NewDisposeScope();
        return weight.index_select(0, numbers.flatten()).unflatten(0, numbers.shape).MoveToOuterDisposeScope();
    }
}
