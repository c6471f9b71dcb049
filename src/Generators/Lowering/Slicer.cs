namespace Afterimage.Generators.Lowering;

/// <summary>Derives a block's variants from its body.</summary>
internal static class Slicer
{
    public static LoweredClass Lower(ClassSpec spec) => new(spec, spec.Block is null ? null : Lower(spec.Block));

    public static LoweredBlock Lower(BlockSpec block)
    {
        var kept = KeptElements(block);
        var variants = new List<Variant>();
        for (var mask = 0; mask < 1 << block.Sites.Count; mask++)
        {
            var variant = Slice(block, mask, kept, isGated: false);
            var same = variants.FindIndex(other => other.Steps.Equals(variant.Steps));
            variants.Add(same < 0 ? variant : variant with { Method = same });
        }

        var leftOutWith = block.Sites.Select((site, number) => LeftOutWith(site.Statement, number)).ToEquatableArray();
        var modules = block.Sites.Select((site, number) => ModulesOf(site, variants[1 << number])).ToEquatableArray();
        if (block.HasGate)
        {
            variants.Add(Slice(block, 0, kept, isGated: true) with { Number = variants.Count, Method = variants.Count });
        }

        return new LoweredBlock(block, kept, leftOutWith, modules, variants.ToEquatableArray());

        int LeftOutWith(int statement, int number) => Enumerable.Range(0, block.Sites.Count)
            .Where(other => other != number && variants[1 << other].Steps[statement].Kind == StepKind.Omit)
            .Sum(other => 1 << other);

        EquatableArray<string> ModulesOf(SiteSpec site, Variant skipped) => (site.Loop?.Lists ?? new EquatableArray<string>([site.Member]))
            .Concat(skipped.Steps.Where(step => step.Kind == StepKind.Omit && block.Statements[step.Statement].Kind != StatementKind.Site)
                .SelectMany(step => block.Statements[step.Statement].Modules))
            .Distinct().ToEquatableArray();
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
                .Where(i => body.IsLiveAfter(site.Statement, (site.Whole ?? site.Elements[i]).Variable))
                .ToEquatableArray();
            var carried = Enumerable.Range(0, site.Elements.Count)
                .Where(i => site.Loop is { } loop && loop.Carried.Contains(site.Elements[i].Variable) && !indices.Contains(i));
            return new(indices, indices.Where(i => escaped.Contains((number, i))).ToEquatableArray(), carried.ToEquatableArray());
        }
    }

    private static Variant Slice(BlockSpec block, int mask, EquatableArray<KeptElements> kept, bool isGated)
    {
        var liveness = Liveness.OfVariant(block, mask, kept);
        var steps = new VariantStep[block.Statements.Count];
        var notRun = new List<string>();
        var later = new HashSet<string>(StringComparer.Ordinal);
        for (var i = steps.Length - 1; i >= 0; i--)
        {
            var statement = block.Statements[i];
            var kind = KindOf(block, i, mask, kept, liveness);
            kind = isGated && kind == StepKind.Keep && block.IsStack(i) ? StepKind.Gate : kind;
            steps[i] = new VariantStep(kind, i, statement.Declares.Where(NeedsDeclaration).ToEquatableArray());
            switch (kind)
            {
                case StepKind.Author or StepKind.Keep or StepKind.Gate:
                    later.UnionWith(statement.Names);
                    break;
                case StepKind.Take:
                    later.UnionWith(statement.Writes.Where(variable => !block.IsStack(i) || IsTaken(block, i, mask, kept, variable)));
                    block.IsSkipped(i, mask, out var site);
                    notRun.InsertRange(0, block.Sites[site].Inlined);
                    break;
                case StepKind.Omit when statement.Kind is StatementKind.Removable or StatementKind.Site:
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

        return new Variant(mask, mask, steps.ToEquatableArray(), notRun.ToEquatableArray());
    }

    private static StepKind KindOf(BlockSpec block, int statement, int mask, EquatableArray<KeptElements> kept, Liveness liveness)
    {
        if (block.Statements[statement].Kind == StatementKind.Site)
        {
            return mask != 0 && liveness.IsLeftOut(block, statement, kept) ? StepKind.Omit
                : block.IsSkipped(statement, mask, out _) ? StepKind.Take
                : StepKind.Keep;
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
