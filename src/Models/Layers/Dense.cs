using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Makes linear layers, on any device and without initialising what a checkpoint is about to overwrite.</summary>
internal static class Dense
{
    public static Linear Linear(long inputs, long outputs, bool bias = true, Device? device = null, ScalarType? dtype = null)
    {
        if (!WeightInitialization.IsSkipped)
            return nn.Linear(inputs, outputs, bias, device, dtype);

        return nn.Linear(
            nn.Parameter(empty(outputs, inputs, dtype: dtype, device: device)),
            bias ? nn.Parameter(empty(outputs, dtype: dtype, device: device)) : null);
    }
}
