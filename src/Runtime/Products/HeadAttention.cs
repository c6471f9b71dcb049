using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Afterimage;

/// <summary>
/// Attention of one head, a few queries and a few keys at a time, so that scores never lie in memory as a whole. Keys and values are laid out for
/// <see cref="AttentionTile"/> once. Source: Dao et al., "FlashAttention" (2022), algorithm 1.
/// </summary>
internal sealed unsafe class HeadAttention : IDisposable
{
    /// <summary>The queries of a block: their scores and sums stay in the second cache.</summary>
    public const int QueryBlock = 8 * AttentionTile.Rows;

    /// <summary>The widest heads.</summary>
    public const int MaxChannels = KeyBlock;

    private const int KeyBlock = 256;

    private readonly int _channels;
    private readonly int _keys;
    private readonly int _paddedKeys;
    private readonly float* _memory;
    private readonly float* _keyPanels; // [key / 64, channel, key % 64]
    private readonly float* _valuePanels; // [channel / 64, key, channel % 64]
    private readonly float* _queries; // [query, channel]
    private readonly float* _scores; // [query, key of the block]
    private readonly float* _sums; // [query, channel]
    private readonly OnlineSoftmax[] _softmax = new OnlineSoftmax[QueryBlock];

    /// <summary>Lays out keys and values.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="values">As many values, as wide.</param>
    /// <param name="count">How many keys there are.</param>
    /// <param name="channels">The width of keys and values; a multiple of 64.</param>
    public HeadAttention(HeadRows keys, HeadRows values, int count, int channels)
    {
        _channels = channels;
        _keys = count;
        _paddedKeys = (count + AttentionTile.Columns - 1) / AttentionTile.Columns * AttentionTile.Columns;
        var panel = (nuint)_paddedKeys * (nuint)channels;
        const int Block = QueryBlock * AttentionTile.Stride;
        _memory = (float*)NativeMemory.AlignedAlloc((2 * panel + 3 * Block) * sizeof(float), 64);
        _keyPanels = _memory;
        _valuePanels = _keyPanels + panel;
        _queries = _valuePanels + panel;
        _scores = _queries + Block;
        _sums = _scores + Block;
        LayOutKeys(keys);
        LayOutValues(values);
    }

    /// <summary>Attends from queries.</summary>
    /// <param name="queries">The queries of the head, as wide as the keys.</param>
    /// <param name="first">The first query to attend from.</param>
    /// <param name="end">The query after the last.</param>
    /// <param name="scale">What scores are multiplied with.</param>
    /// <param name="results">Where the rows of the result are written.</param>
    public void Attend(HeadRows queries, int first, int end, float scale, HeadRows results)
    {
        // The softmax takes powers of two.
        var factor = Vector512.Create((float)(scale * Math.Log2(Math.E)));
        for (var block = first; block < end; block += QueryBlock)
        {
            var count = Math.Min(QueryBlock, end - block);
            Begin(queries, block, count, factor);
            var rows = (count + AttentionTile.Rows - 1) / AttentionTile.Rows * AttentionTile.Rows;
            for (var key = 0; key < _paddedKeys; key += KeyBlock)
                Add(key, Math.Min(KeyBlock, _paddedKeys - key), rows);
            for (var query = 0; query < count; query++)
            {
                var normalizer = Vector512.Create(_softmax[query].Normalizer);
                for (var channel = 0; channel < _channels; channel += 16)
                    results.Store(Vector512.Load(_sums + query * AttentionTile.Stride + channel) * normalizer, block + query, channel);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.AlignedFree(_memory);

    private void Begin(HeadRows queries, int block, int count, Vector512<float> factor)
    {
        new Span<float>(_sums, QueryBlock * AttentionTile.Stride).Clear();
        // The rows after the last query fill a tile.
        new Span<float>(_queries, QueryBlock * AttentionTile.Stride).Clear();
        for (var query = 0; query < count; query++)
        {
            for (var channel = 0; channel < _channels; channel += 16)
                (queries.Load(block + query, channel) * factor).Store(_queries + query * AttentionTile.Stride + channel);
        }
        _softmax.AsSpan().Fill(OnlineSoftmax.Empty);
    }

    private void Add(int firstKey, int count, int rows)
    {
        for (var key = 0; key < count; key += AttentionTile.Columns)
        {
            var panel = _keyPanels + (nint)(firstKey + key) * _channels;
            for (var row = 0; row < rows * AttentionTile.Stride; row += AttentionTile.Rows * AttentionTile.Stride)
                AttentionTile.Multiply(_queries + row, panel, _channels, _scores + row + key, adds: false);
        }
        for (var row = 0; row < rows; row++)
        {
            var scores = _scores + row * AttentionTile.Stride;
            // The keys after the last weigh nothing.
            if (_keys < firstKey + count)
                new Span<float>(scores + _keys - firstKey, firstKey + count - _keys).Fill(float.NegativeInfinity);
            _softmax[row].Next(scores, count, _sums + row * AttentionTile.Stride, _channels);
        }
        for (var channel = 0; channel < _channels; channel += AttentionTile.Columns)
        {
            var panel = _valuePanels + (nint)channel * _paddedKeys + (nint)firstKey * AttentionTile.Columns;
            for (var row = 0; row < rows * AttentionTile.Stride; row += AttentionTile.Rows * AttentionTile.Stride)
                AttentionTile.Multiply(_scores + row, panel, count, _sums + row + channel, adds: true);
        }
    }

    private void LayOutKeys(HeadRows keys)
    {
        for (var key = 0; key < _paddedKeys; key++)
        {
            var to = _keyPanels + (nint)(key / AttentionTile.Columns) * AttentionTile.Columns * _channels + key % AttentionTile.Columns;
            for (var channel = 0; channel < _channels; channel += 16)
            {
                var values = key < _keys ? keys.Load(key, channel) : Vector512<float>.Zero;
                for (var lane = 0; lane < 16; lane++)
                    to[(channel + lane) * AttentionTile.Columns] = values[lane];
            }
        }
    }

    private void LayOutValues(HeadRows values)
    {
        for (var channel = 0; channel < _channels; channel += 16)
        {
            var to = _valuePanels + (nint)(channel / AttentionTile.Columns) * AttentionTile.Columns * _paddedKeys + channel % AttentionTile.Columns;
            for (var key = 0; key < _paddedKeys; key++)
                (key < _keys ? values.Load(key, channel) : Vector512<float>.Zero).Store(to + (nint)key * AttentionTile.Columns);
        }
    }
}
