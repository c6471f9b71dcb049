using System.ComponentModel;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// What an emitted variant sees of a site's history. A site whose result has several tensors numbers those it keeps from 0.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class SiteSlot
{
    /// <summary>Takes note of a computed tensor. The caller keeps <paramref name="value"/>; what must outlive it is copied.</summary>
    public abstract void Keep(int tensor, Tensor value);

    /// <summary>
    /// The value of a skipped site's tensor: a fresh view in the current dispose scope, owned by the caller, to be read and
    /// never written to.
    /// </summary>
    public abstract Tensor Take(int tensor);

    /// <summary>As <see cref="Take"/>, but a copy that may leave the block and outlive the step. Owned by the caller.</summary>
    public Tensor TakeCopy(int tensor)
    {
        using var view = Take(tensor);
        return view.clone();
    }
}
