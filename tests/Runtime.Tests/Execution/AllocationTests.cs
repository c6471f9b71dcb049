using Afterimage.Execution;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>What a forward of a run allocates on the managed heap, beside what the blocks themselves do.</summary>
[TestClass]
public sealed class AllocationTests
{
    private const int Steps = 60;

    [TestMethod]
    public void Forward_OfComputedSites_AllocatesTheSameWhateverTheirNumber()
    {
        var config = new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2, SpatialAttentionTimestepSkipRange = (5000, 6000) };
        Assert.AreEqual(BytesPerForward(config, 4), BytesPerForward(config, 40));
    }

    /// <summary>A reused value is one view.</summary>
    [TestMethod]
    public void Forward_OfReusedSites_AllocatesTheirViewsMore()
    {
        var config = new StepMaskConfig { Kind = SiteKind.SpatialAttention, Mask = "1" + new string('0', Steps - 1) };
        Assert.AreEqual(36 * BytesOfAView(), BytesPerForward(config, 40) - BytesPerForward(config, 4));
    }

    private static long BytesPerForward(CacheConfig config, int blocks)
    {
        using var model = new Blocks(blocks);
        using var cache = new ModelCache(GuidanceLayout.None, [], ["x"]);
        using var x = ones(3);
        cache.Enable(model, config);
        using var run = cache.BeginRun([.. Enumerable.Range(0, Steps).Select(step => (double)(Steps - step))], null);
        // The last two of many: what the runtime allocates once is behind, and a list that grows has grown.
        var bytes = 0L;
        for (var step = 0; step < Steps; step++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            using (var forward = cache.BeginForward(x))
            {
                model.Serve(x);
                forward.Complete(x);
            }
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        return bytes;
    }

    private static long BytesOfAView()
    {
        using var x = ones(3);
        var bytes = 0L;
        for (var i = 0; i < Steps; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            using (x.alias())
                bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        return bytes;
    }

    /// <summary>Blocks of one site that do nothing else.</summary>
    private sealed class Blocks : Module
    {
        private readonly TorchSharp.Modules.ModuleList<Block> blocks = [];

        public Blocks(int count)
            : base(nameof(Blocks))
        {
            for (var i = 0; i < count; i++)
                blocks.Add(new Block());
            RegisterComponents();
            eval();
        }

        public void Serve(Tensor x)
        {
            for (var i = 0; i < blocks.Count; i++)
                blocks[i].Serve(x);
        }
    }

    private sealed class Block : Module, ICachedBlock
    {
        private static readonly SiteDescriptor[] s_sites = [new("attn", SiteKind.SpatialAttention, 1)];
        private readonly Module attn = Identity();
        private SiteSlot? _slot;
        private int _variant;

        public Block()
            : base(nameof(Block)) => RegisterComponents();

        public IReadOnlyList<SiteDescriptor> Sites => s_sites;

        public Module SiteModule(int site) => attn;

        public void Select(int variant, ReadOnlySpan<SiteSlot> slots) => (_variant, _slot) = (variant, slots[0]);

        public void Deselect() => _slot = null;

        public void Serve(Tensor x)
        {
            if (_variant == 0)
                _slot!.Keep(0, x);
            else
                _slot!.Take(0).Dispose();
        }
    }
}
