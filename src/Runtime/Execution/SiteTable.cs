using System.Numerics;
using static TorchSharp.torch.nn;

namespace Afterimage.Execution;

/// <summary>A model's blocks and sites, found by one walk of its named modules.</summary>
internal sealed class SiteTable
{
    private SiteTable(IReadOnlyList<CacheSite> sites, IReadOnlyList<SiteDescriptor> descriptors, IReadOnlyList<BlockSites> blocks, int latents, IReadOnlyList<int> prompt) =>
        (Sites, Descriptors, Blocks, Latents, Prompt) = (sites, descriptors, blocks, latents, prompt);

    /// <summary>The sites, in the order of the model's named modules.</summary>
    public IReadOnlyList<CacheSite> Sites { get; }

    /// <summary>What the generator knows of each site.</summary>
    public IReadOnlyList<SiteDescriptor> Descriptors { get; }

    /// <summary>The blocks that have sites.</summary>
    public IReadOnlyList<BlockSites> Blocks { get; }

    /// <summary>Which of the model's tensors its output has the shape of; −1 where it does not say. Where it does, the last site is the whole model.</summary>
    public int Latents { get; }

    /// <summary>Which of the model's tensors carry the prompt.</summary>
    public IReadOnlyList<int> Prompt { get; }

    /// <summary>Whether a forward can be left after the first blocks of its stacks.</summary>
    public bool HasGate => Blocks.Any(block => block.Block.HasGate);

    /// <summary>Walks a model, which may be a block itself: of its stacks and its output.</summary>
    /// <exception cref="ArgumentException">A site's module is missing, or is not registered in the model.</exception>
    public static SiteTable Of(Module model)
    {
        var modules = model.named_modules().Prepend((name: "", module: model)).DistinctBy(named => named.module, ReferenceEqualityComparer.Instance).ToList();
        var order = new Dictionary<Module, int>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < modules.Count; i++)
            order[modules[i].module] = i;

        var found = new List<(int Order, ICachedBlock Block, int Site, CacheSite Named, SiteDescriptor Descriptor)>();
        var prompt = (model as ICachedModel)?.Prompt ?? [];
        var enclosing = new List<(string Site, string Module, int Depth)>();
        foreach (var (name, module) in modules)
        {
            if (module is not ICachedBlock block)
                continue;
            var output = block.Sites.Count > 0 && block.Sites[^1].Kind == SiteKind.BlockOutput ? name : null;
            var outer = Innermost(name, enclosing);
            for (var site = 0; site < block.Sites.Count; site++)
            {
                var (position, descriptor) = (PositionOf(block, name, site, order), block.Sites[site]);
                var leftOutWith = descriptor.Kind == SiteKind.BlockOutput ? outer
                    : descriptor.LeftOutWith == 0 ? output ?? outer
                    : modules[PositionOf(block, name, BitOperations.TrailingZeroCount(descriptor.LeftOutWith), order)].name;
                var named = new CacheSite(modules[position].name, descriptor.Kind, leftOutWith, descriptor.Kind == SiteKind.PromptProjection && prompt.Count > 0);
                found.Add((position, block, site, named, descriptor));
                var depth = BitOperations.PopCount((uint)descriptor.LeftOutWith);
                enclosing.AddRange(block.ModulesOf(site).Where(inside => inside is not null && order.ContainsKey(inside)).Select(inside => (named.Name, modules[order[inside]].name, depth)));
            }
        }

        found.Sort((a, b) => a.Order.CompareTo(b.Order));
        var latents = (model as ICachedModel)?.Latents ?? -1;
        (CacheSite Site, SiteDescriptor Descriptor)[] whole = latents < 0 ? [] :
            [(new CacheSite(CacheSite.WholeModel, SiteKind.Model), new SiteDescriptor("", SiteKind.Model, Tensors: 1))];
        var blocks = found
            .Select((entry, index) => (entry.Block, entry.Site, Index: index))
            .GroupBy(entry => entry.Block)
            .Select(group => new BlockSites(group.Key, [.. group.OrderBy(entry => entry.Site).Select(entry => entry.Index)]));
        return new SiteTable(
            [.. found.Select(entry => latents < 0 ? entry.Named : entry.Named with { LeftOutWith = entry.Named.LeftOutWith ?? CacheSite.WholeModel }), .. whole.Select(each => each.Site)],
            [.. found.Select(entry => entry.Descriptor), .. whole.Select(each => each.Descriptor)],
            [.. blocks],
            latents,
            prompt);
    }

    // Modules come after those that they are in, and so all that a block can be in is known. Of sites that leave out the same module, the innermost is left out with the others.
    private static string? Innermost(string block, List<(string Site, string Module, int Depth)> around) => around
        .Where(outer => block == outer.Module || block.StartsWith($"{outer.Module}.", StringComparison.Ordinal))
        .OrderBy(outer => outer.Module.Length).ThenBy(outer => outer.Depth).LastOrDefault().Site;

    private static int PositionOf(ICachedBlock block, string name, int site, Dictionary<Module, int> order) =>
        block.SiteModule(site) is { } member && order.TryGetValue(member, out var position)
            ? position
            : throw new ArgumentException(
                $"{(name.Length == 0 ? "The model" : $"Block '{name}'")} names '{block.Sites[site].Member}' as a site, but that member holds no module "
                + "registered in the model. Assign it before RegisterComponents().");
}

/// <summary>A block, and for each of its sites the number of that site in the table.</summary>
internal sealed record BlockSites(ICachedBlock Block, int[] Sites);
