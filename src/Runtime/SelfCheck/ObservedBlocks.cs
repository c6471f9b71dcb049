using Afterimage.Execution;
using static TorchSharp.torch;

namespace Afterimage;

/// <summary>A model's blocks with a slot for every site that keeps the first value it is given. They have their own bodies back once this is disposed of.</summary>
internal sealed class ObservedBlocks(SiteTable table) : IDisposable
{
    private readonly ObservedSlot[] _slots = [.. table.Sites.Select(_ => new ObservedSlot())];

    /// <summary>The blocks, by their place in the table.</summary>
    public int Count => table.Blocks.Count;

    /// <summary>The most sites that one block has, the model itself aside.</summary>
    public int MostSites => table.Blocks.Where((_, i) => !IsModel(i)).Select(block => block.Sites.Length).DefaultIfEmpty(0).Max();

    /// <summary>The model's own place among the blocks and the number of its sites, where it has stacks or an output.</summary>
    public IEnumerable<(int Block, int Sites)> OfTheModel => table.Blocks.Index().Where(block => IsModel(block.Index)).Select(block => (block.Index, block.Item.Sites.Length));

    /// <summary>Gives every block its own body.</summary>
    public void Deselect()
    {
        foreach (var (block, _) in table.Blocks)
            block.Deselect();
    }

    /// <summary>
    /// Makes every block, or only the one given, skip the sites whose bits are set; all others compute. The model's own sites leave out the blocks, so they are
    /// skipped only where they are given.
    /// </summary>
    public void Select(int mask, int? only = null)
    {
        for (var i = 0; i < table.Blocks.Count; i++)
        {
            var (block, sites) = table.Blocks[i];
            block.Select(Skipped(mask, i, only), sites.Select(site => (SiteSlot)_slots[site]).ToArray());
        }
    }

    /// <summary>The names of the sites that <see cref="Select"/> skips.</summary>
    public IReadOnlyList<string> Reused(int mask, int? only = null) =>
    [
        .. table.Blocks.SelectMany((block, i) => block.Sites.Where((_, site) => (Skipped(mask, i, only) >> site & 1) != 0)).Order().Select(site => table.Sites[site].Name),
    ];

    /// <summary>How far what is kept has moved since it was stored; null where nothing did. Sets it back.</summary>
    public double? HistoryMoved() => _slots.Select(slot => slot.Moved()).Where(moved => moved is not null).Max();

    /// <inheritdoc/>
    public void Dispose()
    {
        Deselect();
        foreach (var slot in _slots)
            slot.Dispose();
    }

    private int Skipped(int mask, int block, int? only) =>
        (only ?? (IsModel(block) ? -1 : block)) == block ? mask & ((1 << table.Blocks[block].Sites.Length) - 1) : 0;

    private bool IsModel(int block) => table.Blocks[block].Sites.Any(site => table.Sites[site].Kind is SiteKind.BlockStack or SiteKind.OutputProjection);

    // Of a stack it keeps what its variables were after the loop, and not what was added to them: a sum would be off by a rounding.
    private sealed class ObservedSlot : StackSlot, IDisposable
    {
        private readonly Dictionary<int, (Tensor Value, Tensor Copy)> _kept = [];

        public override void Keep(int tensor, Tensor value)
        {
            if (!_kept.ContainsKey(tensor))
                _kept[tensor] = (value.detach().clone().DetachFromDisposeScope(), value.detach().clone().DetachFromDisposeScope());
        }

        public override Tensor Take(int tensor) => _kept[tensor].Value.alias();

        public override void Enter(int tensor, Tensor value) { }

        public override Tensor Take(int tensor, Tensor input) => _kept[tensor].Value.clone();

        public override IEnumerable<T> Head<T>(IEnumerable<T> blocks) => [];

        public override void Branch(int tensor, Tensor value) { }

        public override IEnumerable<T> Rest<T>(IEnumerable<T> blocks) => blocks;

        public override Tensor Leave(int tensor, Tensor value)
        {
            Keep(tensor, value);
            return value;
        }

        public override IEnumerable<T> Tail<T>(IEnumerable<T> blocks) => [];

        public double? Moved()
        {
            double? largest = null;
            foreach (var (value, copy) in _kept.Values)
            {
                if (TensorBits.AreEqual(value, copy))
                    continue;
                largest = Math.Max(largest ?? 0, TensorBits.LargestDifference(value, copy));
                value.Copy_(copy);
            }

            return largest;
        }

        public void Dispose()
        {
            foreach (var (value, copy) in _kept.Values)
            {
                value.Dispose();
                copy.Dispose();
            }
        }
    }
}
