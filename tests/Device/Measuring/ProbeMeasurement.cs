using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Device.Measuring;

/// <summary>Answers of libtorch that are known beforehand.</summary>
/// <param name="Elements">Of <c>ones(3)</c>: 3.</param>
/// <param name="Shape">Of <c>arange(6).view(2, 3).T</c>: [3, 2].</param>
/// <param name="Product">The sum of a matrix of twos times one of ones, 64 × 64: 524288.</param>
/// <param name="Fits">Whether all are right.</param>
internal sealed record ProbeReport(long Elements, long[] Shape, double Product, bool Fits);

/// <summary>Whether TorchSharp's native library, which was built for another libtorch, fits this one: asked before anything is measured with it.</summary>
internal static class ProbeMeasurement
{
    public static ProbeReport Run(Place place)
    {
        using var scope = NewDisposeScope();
        var elements = ones(3, device: place.Torch).numel();
        var shape = TensorArithmetic.Range(6, device: place.Torch).view(2, 3).transpose(0, 1).shape;
        var twos = TensorArithmetic.Full([64, 64], 2.0, ScalarType.Float32, place.Torch);
        var product = twos.matmul(ones([64, 64], ScalarType.Float32, place.Torch)).sum().item<float>();
        return new ProbeReport(elements, shape, product, elements == 3 && shape is [3, 2] && product == 524288);
    }
}
