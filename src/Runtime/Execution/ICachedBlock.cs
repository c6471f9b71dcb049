using System.ComponentModel;
using static TorchSharp.torch.nn;

namespace Afterimage.Execution;

/// <summary>What the generator implements on a block that has sites. Called by a run, never by users.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface ICachedBlock
{
    /// <summary>The block's sites, in the order of its attributes.</summary>
    IReadOnlyList<SiteDescriptor> Sites { get; }

    /// <summary>
    /// Whether there is one more variant, numbered after those of the masks, which runs the first blocks of every stack and then asks its
    /// <see cref="StackSlot"/> for the rest.
    /// </summary>
    bool HasGate => false;

    /// <summary>The module of one site, whose place in the model gives the site its name.</summary>
    Module SiteModule(int site);

    /// <summary>
    /// The modules that do not run where a site is skipped: of a stack every list of blocks that its loop goes through, and of any site those with blocks in
    /// them that only it reads.
    /// </summary>
    IReadOnlyList<Module> ModulesOf(int site) => [SiteModule(site)];

    /// <summary>
    /// Makes the next calls of <c>forward</c> run the variant that skips the sites whose bits are set in
    /// <paramref name="variant"/>, with <paramref name="slots"/> holding one slot per site.
    /// </summary>
    void Select(int variant, ReadOnlySpan<SiteSlot> slots);

    /// <summary>Makes <c>forward</c> the author's body again.</summary>
    void Deselect();
}
