using Afterimage.Kernels.Launch;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// What one cache context of a run knows of its prompt: copies of the tensors that it came in, and which sites keep what was made of them. Callers
/// may write over their tensors, so each forward compares values unless they say that they do not. What is kept is of whole batches.
/// </summary>
/// <param name="isOfPrompt">Of every site, whether it is made of the prompt alone and reused for that.</param>
/// <param name="budget">The bytes that the run may hold.</param>
internal sealed class PromptHistory(bool[] isOfPrompt, HistoryBudget budget) : IDisposable
{
    private readonly bool[] _isKept = new bool[isOfPrompt.Length];
    private Tensor?[] _prompt = [];

    /// <summary>The bytes of the copies.</summary>
    public long Bytes => _prompt.Sum(TensorMemory.BytesOf);

    /// <summary>Whether the body of the forward that is under way gets the conditional half of the prompt, and so of what is kept.</summary>
    public bool HandsOutHalf { get; private set; }

    /// <summary>Whether a site is one of these.</summary>
    public bool Has(int site) => isOfPrompt[site];

    /// <summary>A row, with what it would reuse of another prompt computed anew.</summary>
    /// <param name="row">What is planned.</param>
    /// <param name="prompt">The forward's tensors that carry the prompt. They are copied where they differ from those before.</param>
    /// <param name="halves">Whether the body gets the conditional half of each of them; <see langword="null"/> of one that is missing.</param>
    /// <param name="isFixed">
    /// Whether values are known to be those before; shapes, types and devices are those of the run's first forward anyway.
    /// </param>
    public PlanRow Renew(PlanRow row, Tensor?[] prompt, bool?[] halves, bool isFixed)
    {
        if (!Sites(row).Any(site => row.Cells[site].Stores || row.Cells[site].Action == SiteAction.Reuse))
            return row;
        using (no_grad())
        {
            if (_prompt.Length != prompt.Length || (!isFixed && _prompt.Zip(prompt).Any(pair => !TensorValues.AreEqual(pair.First, pair.Second))))
                Copy(prompt);
        }
        var isHalf = halves.Contains(true);
        HandsOutHalf = isHalf && !halves.Contains(false);
        return Sites(row).Any(site => CellOf(site) != row.Cells[site])
            ? row with { Cells = [.. row.Cells.Select((cell, site) => isOfPrompt[site] ? CellOf(site) : cell)] }
            : row;

        PlanCell CellOf(int site) => row.Cells[site] switch
        {
            { Action: SiteAction.Reuse } cell => _isKept[site] && isHalf == HandsOutHalf ? cell : isHalf ? PlanCell.Compute : PlanCell.ComputeAndStore,
            { Stores: true } when isHalf => PlanCell.Compute,
            var cell => cell,
        };
    }

    /// <summary>Hears of a forward that has ended well.</summary>
    /// <param name="row">What it did.</param>
    public void Completed(PlanRow row)
    {
        foreach (var site in Sites(row))
            _isKept[site] |= row.Cells[site].Stores;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _prompt)
            tensor?.Dispose();
        _prompt = [];
    }

    private IEnumerable<int> Sites(PlanRow row) => Enumerable.Range(0, row.Cells.Length).Where(Has);

    private void Copy(Tensor?[] prompt)
    {
        Array.Clear(_isKept);
        if (_prompt.Length == 0)
            budget.Reserve(prompt.Sum(TensorMemory.BytesOf));
        Dispose();
        // Kept across steps whatever mode the caller is in.
        using var normalMode = inference_mode(false);
        _prompt = [.. prompt.Select(tensor => tensor?.clone().DetachFromDisposeScope())];
    }
}
