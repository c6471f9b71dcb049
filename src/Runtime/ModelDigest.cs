using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Afterimage;

/// <summary>Tells models apart by their weights.</summary>
public static class ModelDigest
{
    private const int SampledValues = 8;
    private const int Length = 16;

    /// <summary>
    /// A digest of a model: names and shapes of its parameters and buffers, and some values of each, rounded to bfloat16, so that it is the same in whatever type and on whatever
    /// device the model was loaded. Two sets of weights that differ in few numbers may have the same.
    /// </summary>
    /// <returns>16 hexadecimal digits.</returns>
    public static string Of(nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in model.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} [{string.Join(", ", tensor.shape)}]\n"));
            if (tensor.numel() > 0 && tensor.is_floating_point() && tensor.device_type != TorchSharp.DeviceType.META)
                hash.AppendData(MemoryMarshal.AsBytes(Sample(tensor).AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..Length];
    }

    /// <summary>Values at even distances, the first and the last among them.</summary>
    private static float[] Sample(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var flat = tensor.detach().reshape(-1);
        var count = Math.Min(SampledValues, flat.numel());
        var values = Enumerable.Range(0, (int)count).Select(i => flat.narrow(0, count == 1 ? 0 : i * (flat.numel() - 1) / (count - 1), 1)).ToArray();
        return [.. cat(values).to(ScalarType.BFloat16).to(ScalarType.Float32).MovedTo(CPU).data<float>()];
    }
}
