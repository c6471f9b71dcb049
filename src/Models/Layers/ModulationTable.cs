using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Makes the learned tables that the timestep's projection is added to (<c>scale_shift_table</c>).</summary>
internal static class ModulationTable
{
    public static Parameter New(long[] shape, Device? device, ScalarType? dtype)
    {
        if (WeightInitialization.IsSkipped)
            return nn.Parameter(empty(shape, dtype: dtype, device: device));

        using var scope = NewDisposeScope();
        return nn.Parameter(randn(shape, dtype: dtype, device: device).Over(Math.Sqrt(shape[^1])).DetachFromDisposeScope());
    }
}
