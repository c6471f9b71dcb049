using Afterimage.Planning;

namespace Afterimage.Execution;

/// <summary>What a run holds for one cache context.</summary>
internal sealed class ContextState : IDisposable
{
    private readonly IReadOnlyList<BlockSites> _blocks;
    private readonly SiteSlot[][] _blockSlots;
    private readonly GateHistory? _gate;
    private PlanRow? _skipped;
    private bool _keepsHalf;

    /// <param name="rows">The planned rows of its forwards; none where timesteps are not known ahead.</param>
    /// <param name="sites">The histories, one per site.</param>
    /// <param name="blocks">The model's blocks.</param>
    /// <param name="dimensions">How many the model's output has, where guidance asks; <see langword="null"/> for any number.</param>
    /// <param name="gate">Decides about the model's stacks; <see langword="null"/> where they are skipped as a whole or not at all.</param>
    /// <param name="decision">Decides before a forward's body; <see langword="null"/> where nothing is decided there.</param>
    /// <param name="prompt">Knows what is kept of the prompt; <see langword="null"/> where nothing is.</param>
    /// <param name="meter">Measures what the stacks add; <see langword="null"/> where nobody asks.</param>
    /// <param name="graphs">Records and replays bodies; <see langword="null"/> where each forward runs its own.</param>
    public ContextState(
        IReadOnlyList<PlanRow> rows, SiteHistory[] sites, IReadOnlyList<BlockSites> blocks, int? dimensions, GateHistory? gate,
        StepDecision? decision, PromptHistory? prompt, MagnitudeMeter? meter, StepGraphs? graphs)
    {
        (Rows, Sites, _blocks, _gate, Decision, Prompt, Meter, Graphs) = (rows, sites, blocks, gate, decision, prompt, meter, graphs);
        Output = Array.Find(sites, site => site.IsOfModel) is { } added ? new OutputHistory(added) : null;
        Guidance = Array.Find(sites, site => site.IsOfGuidance) is { } difference ? new GuidanceHistory(difference, dimensions) : null;
        var stacks = Array.FindAll(sites, site => site.IsOfStack);
        _blockSlots = [.. blocks.Select(block => block.Sites.Select(site => SlotOf(sites[site])).ToArray())];

        SiteSlot SlotOf(SiteHistory history) => history.IsOfStack
            ? new StackHistory(history, gate, meter, isFirst: history == stacks[0], isLast: history == stacks[^1])
            : history;
    }

    /// <summary>The planned rows of its forwards; none where timesteps are not known ahead.</summary>
    public IReadOnlyList<PlanRow> Rows { get; }

    /// <summary>The histories, one per site.</summary>
    public SiteHistory[] Sites { get; }

    /// <summary>What is kept of the unconditional half; <see langword="null"/> where guidance does not come in a batch.</summary>
    public GuidanceHistory? Guidance { get; }

    /// <summary>What the model's output is more than its latents; <see langword="null"/> where the model is no site.</summary>
    public OutputHistory? Output { get; }

    /// <summary>Decides before a forward's body; <see langword="null"/> where nothing is decided there.</summary>
    public StepDecision? Decision { get; }

    /// <summary>Knows what is kept of the prompt; <see langword="null"/> where nothing is.</summary>
    public PromptHistory? Prompt { get; }

    /// <summary>Whether it is to be decided about the forward that is under way.</summary>
    public bool MaySkip => _skipped is not null;

    /// <summary>Whether the forward that is under way, or was the last, was decided to skip.</summary>
    public bool Skipped { get; private set; }

    /// <summary>What measures the lengths of what the stacks add, where that is asked for.</summary>
    public MagnitudeMeter? Meter { get; }

    /// <summary>Records and replays bodies; <see langword="null"/> where each forward runs its own.</summary>
    public StepGraphs? Graphs { get; }

    /// <summary>What the body of the forward that is under way does, before it has run.</summary>
    public StepKind Kind => StepKind.Of(Row!, Sites.Select(site => (site.Kind, site.State)))!;

    /// <summary>How far every site has come. Set again, it takes back a body that has kept account of what did not happen.</summary>
    public IReadOnlyList<(int Served, SlotState State)> Progress
    {
        get => [.. Sites.Select(site => site.Progress)];
        set
        {
            for (var site = 0; site < Sites.Length; site++)
                Sites[site].Progress = value[site];
            DisposeOfStacks();
        }
    }

    /// <summary>How many forwards have begun.</summary>
    public int Forwards { get; set; }

    /// <summary>What the forward that is under way does, or the last one did.</summary>
    public PlanRow? Row { get; private set; }

    /// <summary>The bytes held.</summary>
    public long Bytes => (_gate?.Bytes ?? 0) + (Decision?.Bytes ?? 0) + (Prompt?.Bytes ?? 0) + Sites.Sum(site => site.Bytes);

    /// <summary>Makes every site and block ready for the forward that <paramref name="row"/> describes.</summary>
    /// <param name="row">The row.</param>
    /// <param name="skipped">What the forward is instead if it is decided to skip; <see langword="null"/> where nothing is to be decided.</param>
    /// <param name="keepsHalf">Whether only the second half of dimension 0 is kept of a computed result.</param>
    public void Select(PlanRow row, PlanRow? skipped, bool keepsHalf)
    {
        (Row, _skipped, _keepsHalf, Skipped) = (row, skipped, keepsHalf, false);
        for (var site = 0; site < Sites.Length; site++)
        {
            var isOfPrompt = Prompt?.Has(site) == true;
            Sites[site].Prepare(row, row.Cells[site], keepsHalf && !isOfPrompt, isOfPrompt && Prompt!.HandsOutHalf);
        }
        _gate?.Prepare(SkipsStacks(row), skipped is null ? null : () => Switch(skipped));
        for (var i = 0; i < _blocks.Count; i++)
            _blocks[i].Block.Select(VariantOf(_blocks[i], row), _blockSlots[i]);
    }

    /// <summary>Makes the forward that is under way, and has not reached the body yet, the one that skips.</summary>
    public void Skip()
    {
        Select(_skipped!, null, _keepsHalf);
        Skipped = true;
    }

    /// <summary>Keeps account of a forward whose body does not run, since a device repeats what it did before.</summary>
    public void Replayed()
    {
        foreach (var site in Sites)
        {
            if (!site.IsOfGuidance && !site.IsOfModel)
                site.Replayed();
        }
    }

    /// <summary>Checks that the model asked every site of its once in the forward that is under way. Guidance is asked after it.</summary>
    public void CheckServed()
    {
        foreach (var site in Sites)
        {
            if (!site.IsOfGuidance)
                site.CheckServed();
        }
    }

    /// <summary>Gives every block its own body back.</summary>
    public void Deselect()
    {
        foreach (var block in _blocks)
            block.Block.Deselect();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _gate?.Dispose();
        Decision?.Dispose();
        Prompt?.Dispose();
        Meter?.Dispose();
        Graphs?.Dispose(); // first: they read and write what the sites keep
        foreach (var site in Sites)
            site.Dispose();
        DisposeOfStacks();
    }

    private void DisposeOfStacks()
    {
        foreach (var stack in _blockSlots.SelectMany(slots => slots).OfType<StackHistory>())
            stack.Dispose();
    }

    private void Switch(PlanRow row)
    {
        (Row, Skipped) = (row, true);
        for (var site = 0; site < Sites.Length; site++)
            Sites[site].Switch(row, row.Cells[site]);
    }

    private bool SkipsStacks(PlanRow row)
    {
        for (var site = 0; site < Sites.Length; site++)
        {
            if (Sites[site].IsOfStack && row.Cells[site].Depth > 0)
                return true;
        }
        return false;
    }

    private int VariantOf(BlockSites block, PlanRow row)
    {
        var skipped = 0;
        for (var site = 0; site < block.Sites.Length; site++)
        {
            if (_gate is not null && Sites[block.Sites[site]].IsOfStack)
                return 1 << block.Sites.Length;
            if (row.Cells[block.Sites[site]].Depth > 0)
                skipped |= 1 << site;
        }
        return skipped;
    }
}
