using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>One site's history in one cache context of a run, and what the current row says of the site.</summary>
internal sealed class SiteHistory(CacheSite site, int tensors, int generations, HistoryBudget budget) : SiteSlot, IDisposable
{
    private readonly TensorHistory[] _tensors =
        [.. Enumerable.Range(0, generations == 0 ? 0 : tensors).Select(_ => new TensorHistory(generations))];

    private readonly bool[] _reserved = new bool[tensors];
    private PlanRow? _row;
    private PlanCell _cell = PlanCell.Compute;
    private bool _keepsHalf;
    private int _served;

    /// <summary>The bytes held.</summary>
    public long Bytes => _tensors.Sum(tensor => tensor.Bytes);

    /// <summary>Makes the site ready for one forward.</summary>
    /// <param name="row">The row, for messages.</param>
    /// <param name="cell">The row's cell of this site.</param>
    /// <param name="keepsHalf">Whether only the second half of dimension 0 is kept of a computed result.</param>
    public void Prepare(PlanRow row, PlanCell cell, bool keepsHalf)
    {
        (_row, _cell, _keepsHalf) = (row, cell, keepsHalf);
        _served = 0;
    }

    /// <summary>Checks that the block ran, once, since <see cref="Prepare"/>.</summary>
    public void CheckServed()
    {
        if (_served != tensors)
            throw Failure("its block did not run in this forward; a run needs every block with sites to run exactly once");
    }

    /// <inheritdoc/>
    public override void Keep(int tensor, Tensor value)
    {
        Serve(tensor);
        if (generations == 0)
            return;
        if (_keepsHalf && value.shape[0] % 2 != 0)
            throw Failure($"expected [unconditional, conditional] along dimension 0, got {value.shape[0]} rows");

        using var half = _keepsHalf ? value.narrow(0, value.shape[0] / 2, value.shape[0] / 2).DetachFromDisposeScope() : null;
        var kept = half ?? value;
        if (!_reserved[tensor])
        {
            budget.Reserve(generations * kept.numel() * kept.element_size());
            _reserved[tensor] = true;
        }
        if (!_cell.Stores)
            return;
        var history = _tensors[tensor];
        if (history.Shape is { } shape && !shape.AsSpan().SequenceEqual(kept.shape))
            throw Failure($"expected a result of shape [{string.Join(", ", shape)}] as before in this run, got [{string.Join(", ", kept.shape)}]");
        history.Store(kept);
    }

    /// <inheritdoc/>
    public override Tensor Take(int tensor)
    {
        Serve(tensor);
        var history = _tensors[tensor];
        var combines = _cell.Action == SiteAction.Combine;
        if (!history.Holds(combines ? _cell.Coefficients.Length : 1))
            throw Failure("the plan reads a result that was not kept");
        return combines ? history.Combine(_cell.Coefficients.AsSpan()) : history.Reuse();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors)
            tensor.Dispose();
        Array.Clear(_reserved);
    }

    private void Serve(int tensor)
    {
        if (tensor != _served)
            throw Failure("its block ran more than once in one forward; every run needs it to run exactly once");
        _served++;
    }

    private InvalidOperationException Failure(string what) =>
        new($"Site '{site.Name}', forward {_row?.Index} (timestep {_row?.Timestep}): {what}.");
}
