using Afterimage.Planning;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>One site's history in one cache context of a run, and what the current row says of the site.</summary>
internal sealed class SiteHistory(CacheSite site, int tensors, SlotLayout layout, HistoryBudget budget, Action<int, Tensor>? observer = null) : SiteSlot, IDisposable
{
    private readonly TensorHistory[] _tensors =
        [.. Enumerable.Range(0, layout.Values == 0 ? 0 : tensors).Select(_ => new TensorHistory(layout))];

    private readonly bool[] _reserved = new bool[tensors];
    private PlanRow? _row;
    private PlanCell _cell = PlanCell.Compute;
    private bool _keepsHalf;
    private bool _handsOutHalf;
    private int _served;

    /// <summary>What the site is.</summary>
    public SiteKind Kind => site.Kind;

    /// <summary>Whether what is kept is what a stack of blocks added.</summary>
    public bool IsOfStack => site.Kind == SiteKind.BlockStack;

    /// <summary>Whether what is kept is what the unconditional half of guidance is more than the other.</summary>
    public bool IsOfGuidance => site.Kind == SiteKind.Guidance;

    /// <summary>Whether what is kept is what the whole model added.</summary>
    public bool IsOfModel => site.Kind == SiteKind.Model;

    /// <summary>How far what is kept has come.</summary>
    public SlotState State => _tensors is [var first, ..] ? first.State : default;

    /// <summary>Which of the site's tensors the forward that is under way has asked for, and how far what is kept has come.</summary>
    public (int Served, SlotState State) Progress
    {
        get => (_served, State);
        set
        {
            _served = value.Served;
            foreach (var tensor in _tensors)
                tensor.State = value.State;
        }
    }

    /// <summary>The bytes held.</summary>
    public long Bytes => _tensors.Sum(tensor => tensor.Bytes);

    /// <summary>Makes the site ready for one forward.</summary>
    /// <param name="row">The row, for messages.</param>
    /// <param name="cell">The row's cell of this site.</param>
    /// <param name="keepsHalf">Whether only the second half of dimension 0 is kept of a computed result.</param>
    /// <param name="handsOutHalf">Whether only the second half of dimension 0 is handed out of a result that is kept whole.</param>
    public void Prepare(PlanRow row, PlanCell cell, bool keepsHalf, bool handsOutHalf)
    {
        (_row, _cell, _keepsHalf, _handsOutHalf) = (row, cell, keepsHalf, handsOutHalf);
        _served = 0;
    }

    /// <summary>Says otherwise of the forward that is under way.</summary>
    /// <param name="row">The row, for messages.</param>
    /// <param name="cell">The row's cell of this site.</param>
    public void Switch(PlanRow row, PlanCell cell) => (_row, _cell) = (row, cell);

    /// <summary>Keeps account of a forward whose block did not run, since a device repeats what it did before.</summary>
    public void Replayed() => Progress = (Served, State.After(_cell, layout));

    /// <summary>Checks that the block ran, once, since <see cref="Prepare"/>.</summary>
    public void CheckServed()
    {
        if (_served != Served)
            throw Failure("its block did not run in this forward; a run needs every block with sites to run exactly once");
    }

    /// <summary>Whether the current row keeps the site's result.</summary>
    public bool Stores => _cell.Stores;

    /// <summary>Whether the current row hands out what is kept.</summary>
    public bool IsSkipped => _cell.Depth > 0;

    /// <inheritdoc/>
    public override void Keep(int tensor, Tensor value) => Keep(tensor, value, null);

    /// <summary>As <see cref="Keep(int, Tensor)"/>, of what is more than <paramref name="input"/>.</summary>
    public void Keep(int tensor, Tensor value, Tensor? input)
    {
        Serve(tensor);
        if (layout.Values == 0)
            return;
        if (_keepsHalf)
            CheckHalves(value);

        using var half = _keepsHalf ? HalfOf(value) : null;
        var kept = half ?? value;
        Reserve(tensor, kept);
        if (!_cell.Stores)
            return;
        using var before = _keepsHalf && input is not null ? HalfOf(input) : null;
        using var added = input is null ? null : kept.Minus(before ?? input).DetachFromDisposeScope();
        _tensors[tensor].Store(added ?? kept, _cell.Interval);
        observer?.Invoke(tensor, added ?? kept);
    }

    /// <summary>Keeps a value in elements that a plan weighs one by one, the newest last. The caller keeps them.</summary>
    public void KeepElements(params ReadOnlySpan<Tensor> elements)
    {
        foreach (var element in elements)
        {
            Reserve(0, element);
            _tensors[0].Store(element);
        }
        for (var age = 0; age < elements.Length; age++)
            observer?.Invoke(age, elements[^(age + 1)]);
    }

    /// <summary>The elements of a skipped value and their weights, the newest first: fresh views in the current dispose scope, owned by the caller, to be read and never written to.</summary>
    public (Tensor Element, double Weight)[] TakeElements()
    {
        CheckHeld(0);
        return [.. _cell.Coefficients.Select((weight, age) => (_tensors[0].Read(age), weight))];
    }

    /// <inheritdoc/>
    public override Tensor Take(int tensor)
    {
        Serve(tensor);
        CheckHeld(tensor);
        var history = _tensors[tensor];
        return _cell.Action == SiteAction.Reuse ? _handsOutHalf ? SecondHalf(history.Reuse()) : history.Reuse()
            : _cell.Stores ? history.Combine(_cell.Coefficients.AsSpan())
            : history.Predict(_cell.Coefficients.AsSpan());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors)
            tensor.Dispose();
        Array.Clear(_reserved);
    }

    /// <summary>What <see cref="_served"/> is at the end of a forward.</summary>
    private int Served => _cell.Action == SiteAction.LeftOut ? 0 : (1 << tensors) - 1;

    private void Reserve(int tensor, Tensor kept)
    {
        if (!_reserved[tensor])
        {
            budget.Reserve(_tensors[tensor].BytesFor(kept));
            _reserved[tensor] = true;
        }
        if (_cell.Stores && _tensors[tensor].Shape is { } shape && !shape.AsSpan().SequenceEqual(kept.shape))
            throw Failure($"expected a result of shape [{string.Join(", ", shape)}] as before in this run, got [{string.Join(", ", kept.shape)}]");
    }

    private void CheckHeld(int tensor)
    {
        if (!_tensors[tensor].Holds(_cell.Depth))
            throw Failure("the plan reads a result that was not kept");
    }

    private Tensor SecondHalf(Tensor kept)
    {
        using (kept)
        {
            CheckHalves(kept);
            return kept.narrow(0, kept.shape[0] / 2, kept.shape[0] / 2);
        }
    }

    private void CheckHalves(Tensor batch)
    {
        if (batch.shape[0] % 2 != 0)
            throw Failure($"expected [unconditional, conditional] along dimension 0, got {batch.shape[0]} rows");
    }

    private static Tensor HalfOf(Tensor batch) => batch.narrow(0, batch.shape[0] / 2, batch.shape[0] / 2).DetachFromDisposeScope();

    private void Serve(int tensor)
    {
        if ((_served >> tensor & 1) != 0)
            throw Failure("its block ran more than once in one forward; every run needs it to run exactly once");
        _served |= 1 << tensor;
    }

    /// <summary>An error of the site in the current forward.</summary>
    public InvalidOperationException Failure(string what) =>
        new($"Site '{site.Name}', forward {_row?.Index} (timestep {_row?.Timestep}): {what}.");
}
