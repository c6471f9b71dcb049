using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Makes linear layers, on any device and without initialising what a checkpoint is about to overwrite.</summary>
internal static class Dense
{
    public static LinearLayer Linear(
        long inputs, long outputs, bool bias = true, Device? device = null, ScalarType? dtype = null, LinearActivation activation = LinearActivation.None)
    {
        if (WeightInitialization.IsSkipped)
            return new(
                nn.Parameter(empty(outputs, inputs, dtype: dtype, device: device)),
                bias ? nn.Parameter(empty(outputs, dtype: dtype, device: device)) : null,
                activation);
        // torch's own initial values.
        var initial = nn.Linear(inputs, outputs, bias, device, dtype);
        return new(initial.weight!, initial.bias, activation);
    }
}
