using System.ComponentModel;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Execution;

/// <summary>
/// What an emitted variant sees of the history of a stack, which is what the blocks of a loop add to its variables. The variables that are
/// read after it, or by the next block, are numbered from 0 in the order in which the loop names them.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class StackSlot : SiteSlot
{
    /// <summary>Takes note of a variable before the loop; <see cref="SiteSlot.Keep"/> after it keeps what was added. The caller keeps <paramref name="value"/>.</summary>
    public abstract void Enter(int tensor, Tensor value);

    /// <summary>
    /// What a variable would be after the skipped loop: <paramref name="input"/>, which the caller keeps, and what was added before. A fresh
    /// tensor in the current dispose scope, owned by the caller.
    /// </summary>
    public abstract Tensor Take(int tensor, Tensor input);

    /// <summary>The blocks that run before it is decided whether the others do.</summary>
    public abstract IEnumerable<T> Head<T>(IEnumerable<T> blocks)
        where T : Module;

    /// <summary>Takes note of a variable after the first blocks, which the decision is made on. The caller keeps <paramref name="value"/>.</summary>
    public abstract void Branch(int tensor, Tensor value);

    /// <summary>The blocks that run if the decision was to compute: those between the first and the last, or none.</summary>
    public abstract IEnumerable<T> Rest<T>(IEnumerable<T> blocks)
        where T : Module;

    /// <summary>
    /// A variable after <see cref="Rest"/>: <paramref name="value"/> itself where they ran, and what they added is kept; else a fresh tensor with
    /// that added, in the current dispose scope, owned by the caller.
    /// </summary>
    public abstract Tensor Leave(int tensor, Tensor value);

    /// <summary>The last blocks, which run whatever was decided.</summary>
    public abstract IEnumerable<T> Tail<T>(IEnumerable<T> blocks)
        where T : Module;
}
