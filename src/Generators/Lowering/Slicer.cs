namespace Afterimage.Generators.Lowering;

/// <summary>Derives a block's variants from its body.</summary>
internal static class Slicer
{
    public static LoweredClass Lower(ClassSpec spec) => new(spec, spec.Block is null ? null : Lower(spec.Block));

    public static LoweredBlock Lower(BlockSpec block)
    {
        var kept = KeptElements(block);
        var variants = Enumerable.Range(0, 1 << block.Sites.Count).Select(mask => Slice(block, mask, kept));
        return new LoweredBlock(block, kept, variants.ToEquatableArray());
    }

    /// <summary>Per site, what is read of its result in the body as it stands.</summary>
    public static EquatableArray<KeptElements> KeptElements(BlockSpec block)
    {
        var body = Liveness.OfBody(block);
        var escaped = Escapes.Find(block);
        return block.Sites.Select(KeptOf).ToEquatableArray();

        KeptElements KeptOf(SiteSpec site, int number)
        {
            var indices = Enumerable.Range(0, site.Elements.Count)
                .Where(i => body.IsLiveAfter(site.Statement, (site.Whole ?? site.Elements[i]).Variable) || IsCarried(block, site, i))
                .ToEquatableArray();
            return new(indices, indices.Where(i => escaped.Contains((number, i))).ToEquatableArray());
        }
    }

    // Where a loop may be left and entered again after some blocks, those that follow read what the ones before wrote.
    private static bool IsCarried(BlockSpec block, SiteSpec site, int element) =>
        site.Loop is { CanBeParted: true } && block.Statements[site.Statement].Reads.Contains(site.Elements[element].Variable);

    private static Variant Slice(BlockSpec block, int mask, EquatableArray<KeptElements> kept)
    {
        var liveness = Liveness.OfVariant(block, mask, kept);
        var steps = new VariantStep[block.Statements.Count];
        var notRun = new List<string>();
        var later = new HashSet<string>(StringComparer.Ordinal);
        for (var i = steps.Length - 1; i >= 0; i--)
        {
            var statement = block.Statements[i];
            var kind = KindOf(block, i, mask, liveness);
            steps[i] = new VariantStep(kind, i, statement.Declares.Where(NeedsDeclaration).ToEquatableArray(), Taken(block, i, kind, kept, liveness).ToEquatableArray());
            switch (kind)
            {
                case StepKind.Author or StepKind.Keep:
                    later.UnionWith(statement.Names);
                    break;
                case StepKind.Take:
                    block.IsSkipped(i, mask, out var site);
                    later.UnionWith(block.Sites[site].Loop is null ? statement.Writes : steps[i].Taken.Select(tensor => VariableOf(block, kept, site, tensor)));
                    notRun.InsertRange(0, block.Sites[site].Inlined);
                    break;
                case StepKind.Omit when block.StackAt(i) is >= 0 and var stack:
                    notRun.InsertRange(0, block.Sites[stack].Inlined);
                    break;
                case StepKind.Omit when statement.Kind == StatementKind.Removable:
                    notRun.Insert(0, statement.Summary);
                    break;
            }

            bool NeedsDeclaration(LocalSpec local) => later.Contains(local.Name) && kind switch
            {
                StepKind.Omit => true,
                StepKind.Take => !IsTaken(block, i, mask, kept, local.Name),
                _ => false,
            };
        }

        return new Variant(mask, steps.ToEquatableArray(), notRun.ToEquatableArray());
    }

    // Of a stack, what is read after it; what only its own blocks would have read is left as it is.
    private static IEnumerable<int> Taken(BlockSpec block, int statement, StepKind kind, EquatableArray<KeptElements> kept, Liveness liveness) =>
        kind == StepKind.Take && block.StackAt(statement) is >= 0 and var stack
            ? Enumerable.Range(0, kept[stack].Indices.Count).Where(tensor => liveness.IsLiveAfter(statement, VariableOf(block, kept, stack, tensor)))
            : [];

    private static string VariableOf(BlockSpec block, EquatableArray<KeptElements> kept, int site, int tensor) =>
        block.Sites[site].Elements[kept[site].Indices[tensor]].Variable;

    private static StepKind KindOf(BlockSpec block, int statement, int mask, Liveness liveness)
    {
        if (block.Statements[statement].Kind == StatementKind.Site && (block.StackAt(statement) < 0 || liveness.IsKept(statement)))
        {
            return block.IsSkipped(statement, mask, out _) ? StepKind.Take : StepKind.Keep;
        }

        return liveness.IsKept(statement) ? StepKind.Author : StepKind.Omit;
    }

    private static bool IsTaken(BlockSpec block, int statement, int mask, EquatableArray<KeptElements> kept, string variable)
    {
        block.IsSkipped(statement, mask, out var number);
        var site = block.Sites[number];
        return site.Whole is not null || kept[number].Indices.Any(index => site.Elements[index].Variable == variable);
    }
}
