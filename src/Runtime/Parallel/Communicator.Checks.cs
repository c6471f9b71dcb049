using System.Runtime.CompilerServices;
using Afterimage.Kernels.Launch;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage;

// What a collective asks of its arguments.
public abstract partial class Communicator
{
    private void CheckPair(Tensor send, Tensor receive)
    {
        CheckTensor(send);
        CheckTensor(receive);
        if (send.dtype != receive.dtype)
            throw new ArgumentException($"Rank {Rank} of {Size}: expected tensors of one dtype, got {send.dtype} to send and {receive.dtype} to receive.", nameof(receive));
        var (from, to) = (TensorMemory.StartOf(send), TensorMemory.StartOf(receive));
        if (from < to + TensorMemory.BytesOf(receive) && to < from + TensorMemory.BytesOf(send))
            throw new ArgumentException($"Rank {Rank} of {Size}: expected tensors with memory of their own, got one to receive that shares memory with what is sent.", nameof(receive));
    }

    private void CheckTensor(Tensor tensor, [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        if (tensor.device_type != Device.type || tensor.device_type == DeviceType.CUDA && tensor.device_index != Device.index)
            throw new ArgumentException($"Rank {Rank} of {Size}: expected a tensor on {Device}, got one on {tensor.device}.", name);
        if (tensor.is_sparse || !tensor.is_contiguous())
            throw new ArgumentException(
                $"Rank {Rank} of {Size}: expected a contiguous tensor, got [{string.Join(", ", tensor.shape)}] with other strides. Call contiguous() first.", name);
        if (tensor.requires_grad && is_grad_enabled())
            throw new ArgumentException($"Rank {Rank} of {Size}: expected a tensor without gradients, since they do not pass through a collective. Call it within no_grad().", name);
    }

    private void CheckCounts(ReadOnlySpan<long> counts, Tensor tensor, [CallerArgumentExpression(nameof(counts))] string name = "", [CallerArgumentExpression(nameof(tensor))] string of = "")
    {
        var left = tensor.numel();
        var fits = counts.Length == Size;
        foreach (var count in counts)
        {
            fits &= count >= 0 && count <= left;
            left -= count;
        }
        if (!fits || left != 0)
            throw new ArgumentException(
                $"Rank {Rank} of {Size}: expected {Size} counts from 0 that add up to the {tensor.numel()} elements of '{of}', got [{string.Join(", ", counts.ToArray())}].", name);
    }

    private void CheckShare(Tensor send, ReadOnlySpan<long> receiveCounts)
    {
        if (send.numel() != receiveCounts[Rank])
            throw new ArgumentException(
                $"Rank {Rank} of {Size}: expected the {receiveCounts[Rank]} elements to send that {nameof(receiveCounts)} has of this rank, got {send.numel()}.", nameof(send));
    }

    private void CheckSum(Tensor values)
    {
        if (!Summable.Contains(values.dtype))
            throw new ArgumentException(
                $"Rank {Rank} of {Size}: expected a sum of {string.Join(", ", Summable)} on {Device}, got {values.dtype}. Convert it first.", nameof(values));
    }
}
