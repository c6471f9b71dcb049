using System.ComponentModel;

namespace Afterimage.Execution;

/// <summary>What the generator knows of a site when its class is compiled.</summary>
/// <param name="Member">The member that holds the module.</param>
/// <param name="Kind">What the site is.</param>
/// <param name="Tensors">How many tensors of the site's result are read afterwards, and so are kept.</param>
/// <param name="LeftOutWith">The sites, as a variant's mask, of which each one that is skipped leaves this one out: nothing else reads its result.</param>
/// <param name="Carried">How many more tensors the blocks of a stack hand on, numbered after those: only the gated variant enters, branches and leaves them.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record SiteDescriptor(string Member, SiteKind Kind, int Tensors, int LeftOutWith = 0, int Carried = 0);
