using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>The learned tables that the timestep's projection is added to (<c>scale_shift_table</c>).</summary>
internal static class ModulationTable
{
    public static Parameter New(long[] shape, Device? device, ScalarType? dtype)
    {
        if (WeightInitialization.IsSkipped)
            return nn.Parameter(empty(shape, dtype: dtype, device: device));

        using var scope = NewDisposeScope();
        return nn.Parameter(randn(shape, dtype: dtype, device: device).Over(Math.Sqrt(shape[^1])).DetachFromDisposeScope());
    }

    /// <summary>Takes such a sum apart: each is [batch, 1 or tokens, dim].</summary>
    /// <param name="sum">[batch, rows, dim], or [batch, 1 or tokens, rows, dim] where tokens may have timesteps of their own.</param>
    [NoSideEffects]
    public static Tensor[] Rows(this Tensor sum) => sum.dim() == 4 ? sum.unbind(2) : sum.chunk(sum.size(1), dim: 1);
}
