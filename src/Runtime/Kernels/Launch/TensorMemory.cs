using static TorchSharp.torch;

namespace Afterimage.Kernels.Launch;

/// <summary>Where a tensor's elements lie, and how much they take.</summary>
internal static class TensorMemory
{
    /// <summary>The address of the first element, on whatever device the tensor is. It is good while the caller holds the tensor.</summary>
    /// <exception cref="ArgumentException">The elements do not lie one after another.</exception>
    public static nint AddressOf(Tensor tensor)
    {
        if (tensor.is_sparse || !tensor.is_contiguous())
            throw new ArgumentException(
                $"Expected a contiguous tensor, got [{string.Join(", ", tensor.shape)}] with strides [{string.Join(", ", tensor.stride())}]. "
                + "Call contiguous() first.", nameof(tensor));
        return StartOf(tensor);
    }

    /// <summary>As <see cref="AddressOf"/>, wherever the other elements lie.</summary>
    public static nint StartOf(Tensor tensor)
    {
        var storage = new Storage(tensor).data_ptr();
        // Where there are no elements there may be no memory.
        var address = storage == 0 ? 0 : storage + (nint)(tensor.storage_offset() * tensor.element_size());
        GC.KeepAlive(tensor);
        return address;
    }

    /// <summary>The bytes of all elements; 0 where there is no tensor.</summary>
    public static long BytesOf(Tensor? tensor) => tensor is null ? 0 : tensor.numel() * tensor.element_size();

    /// <summary>TorchSharp hands out the address of a tensor's storage to a class derived from its own, for every dtype.</summary>
    private sealed class Storage(Tensor tensor) : TorchSharp.torch.Storage(tensor)
    {
        public override int element_size() => (int)_tensor.element_size();
    }
}
