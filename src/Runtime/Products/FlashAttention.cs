using Afterimage.Kernels.Launch;
using static TorchSharp.torch;

namespace Afterimage;

/// <summary>
/// softmax(query · keyᵀ / √channels) · value by our own products, in float32 also for bfloat16, where they are faster than libtorch's. A result
/// does not depend on the number of threads.
/// </summary>
internal static unsafe class FlashAttention
{
    /// <summary>Whether an attention is to run here: where it is faster than torch's, and of a kind that is known here.</summary>
    public static bool Takes(Tensor query, Tensor key, Tensor value, Tensor? mask) =>
        Processor.OutrunsMkl && mask is null && IsKnown(query, key, value) && !(is_grad_enabled() && (query.requires_grad || key.requires_grad || value.requires_grad));

    /// <summary>The attention, laid out as [batch, queries, heads, channels]. Owned by the caller.</summary>
    /// <returns>[batch, heads, queries, channels]</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value)
    {
        var (batch, heads, queries, channels) = (query.size(0), (int)query.size(1), (int)query.size(2), (int)query.size(3));
        var keys = (int)key.size(2);
        using var result = empty([batch, queries, heads, channels], query.dtype, query.device);
        var attended = result.transpose(1, 2);
        var isHalf = query.dtype == ScalarType.BFloat16;
        var scale = (float)(1 / Math.Sqrt(channels));
        // Several threads may share a head where there are few; each lays out its keys anew.
        var shares = (int)Math.Clamp(2 * get_num_threads() / (batch * heads), 1, (queries + HeadAttention.QueryBlock - 1) / HeadAttention.QueryBlock);
        var share = ((queries + shares - 1) / shares + HeadAttention.QueryBlock - 1) / HeadAttention.QueryBlock * HeadAttention.QueryBlock;
        HeadsOf q = new(query, isHalf), k = new(key, isHalf), v = new(value, isHalf), r = new(attended, isHalf);
        OpenMp.For((int)batch * heads * shares, index =>
        {
            var (sample, head, first) = (index / shares / heads, index / shares % heads, index % shares * share);
            if (first >= queries)
                return;
            using var attention = new HeadAttention(k.Rows(sample, head), v.Rows(sample, head), keys, channels);
            attention.Attend(q.Rows(sample, head), first, Math.Min(first + share, queries), scale, r.Rows(sample, head));
        });
        GC.KeepAlive(query);
        GC.KeepAlive(key);
        GC.KeepAlive(value);
        return attended;
    }

    private static bool IsKnown(Tensor query, Tensor key, Tensor value)
    {
        if (query.device_type != TorchSharp.DeviceType.CPU || query.dtype is not (ScalarType.Float32 or ScalarType.BFloat16) || query.dim() != 4)
            return false;
        var (batch, heads, channels) = (query.size(0), query.size(1), query.size(3));
        return channels % AttentionTile.Columns == 0 && channels is > 0 and <= HeadAttention.MaxChannels
            && query.numel() > 0 && key.dim() == 4 && key.size(2) > 0
            && key.shape.AsSpan().SequenceEqual([batch, heads, key.size(2), channels])
            && value.shape.AsSpan().SequenceEqual(key.shape)
            && key.dtype == query.dtype && value.dtype == query.dtype
            && key.device_type == query.device_type && value.device_type == query.device_type
            && query.stride(3) == 1 && key.stride(3) == 1 && value.stride(3) == 1
            && OpenMp.IsAvailable;
    }

    /// <summary>Where the heads of a tensor [batch, heads, rows, channels] lie.</summary>
    private readonly struct HeadsOf(Tensor tensor, bool isHalf)
    {
        private readonly nint _start = TensorMemory.StartOf(tensor);
        private readonly long _perSample = tensor.stride(0);
        private readonly long _perHead = tensor.stride(1);
        private readonly long _perRow = tensor.stride(2);
        private readonly bool _isHalf = isHalf;

        public HeadRows Rows(int sample, int head) =>
            new((void*)(_start + (nint)((sample * _perSample + head * _perHead) * (_isHalf ? sizeof(ushort) : sizeof(float)))), _perRow, _isHalf);
    }
}
