using Afterimage.Generators.Lowering;

namespace Afterimage.Generators.Emit;

/// <summary>Writes the members of a block.</summary>
internal static class BlockEmitter
{
    public static void EmitTables(IndentedTextWriter writer, ClassSpec spec, LoweredBlock block)
    {
        var (names, body, type, self) = (block.Spec.Names, spec.Forward.Body, spec.Forward.Names.Type, spec.Forward.Names.Self);
        writer.Separate();
        writer.Line($"// By the sites they skip: bit i is site i.{(block.Spec.HasGate ? " The last may leave its stacks early." : string.Empty)}");
        writer.Line($"private static readonly {type}[] {names.Variants} =");
        writer.Line("[");
        using (writer.Indent())
        {
            foreach (var variant in block.Variants)
            {
                writer.Line($"{body.Parameters.CallingLambda(self, names.Forwards[variant.Method])},");
            }
        }

        writer.Line("];");
        writer.Separate();
        writer.Line($"private static readonly {TypeNames.Execution}.SiteDescriptor[] {names.Sites} =");
        writer.Line("[");
        using (writer.Indent())
        {
            for (var site = 0; site < block.Kept.Count; site++)
            {
                writer.Line($"new({Description(block, site)}),");
            }

            if (block.Spec.Output is { } output)
            {
                writer.Line(FormattableString.Invariant($"new(\"\", {TypeNames.Afterimage}.SiteKind.BlockOutput, {output.Elements.Count}),"));
            }
        }

        writer.Line("];");
    }

    public static void EmitFields(IndentedTextWriter writer, ClassSpec spec, LoweredBlock block)
    {
        var (names, type) = (block.Spec.Names, spec.Forward.Names.Type);
        writer.Line($"private {type} {names.Selected} = {spec.Forward.Names.Uncached};");
        OutputEmitter.EmitFields(writer, spec, block);
        for (var site = 0; site < names.Slots.Count; site++)
        {
            writer.Line($"private {TypeNames.Execution}.{SlotType(block, site)} {names.Slots[site]} = null!;");
        }
    }

    private static string Description(LoweredBlock block, int site)
    {
        var (member, kind) = (block.Spec.Sites[site].Member, block.Spec.Sites[site].Kind);
        var (kept, carried, others) = (block.Kept[site].Indices.Count, block.Kept[site].Carried.Count, block.LeftOutWith[site]);
        return FormattableString.Invariant($"\"{member}\", {TypeNames.Afterimage}.SiteKind.{kind}, {kept}")
            + (others == 0 ? string.Empty : $", LeftOutWith: 0b{Convert.ToString(others, 2).PadLeft(block.Spec.Sites.Count, '0')}")
            + (carried == 0 || !block.Spec.HasGate ? string.Empty : FormattableString.Invariant($", Carried: {carried}"));
    }

    private static string SlotType(LoweredBlock block, int site) => block.Spec.Sites[site].Loop is null ? "SiteSlot" : "StackSlot";

    public static void EmitInterface(IndentedTextWriter writer, ClassSpec spec, LoweredBlock block, string cache)
    {
        var names = block.Spec.Names;
        const string Interface = TypeNames.Execution + ".ICachedBlock";
        writer.Separate();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"{TypeNames.ReadOnlyList}<{TypeNames.Execution}.SiteDescriptor> {Interface}.Sites => {names.Sites};");
        writer.Separate();
        writer.Line("/// <inheritdoc/>");
        if (block.Spec.HasGate)
        {
            writer.Line($"bool {Interface}.HasGate => true;");
            writer.Separate();
            writer.Line("/// <inheritdoc/>");
        }

        writer.Line($"{TypeNames.Module} {Interface}.SiteModule(int {names.SiteIndex}) =>");
        using (writer.Indent())
        {
            writer.Line($"new {TypeNames.Module}[] {{ {string.Join(", ", block.Spec.Sites.Select(site => site.Member.Escaped()).Concat(block.Spec.Output is null ? [] : ["this"]))} }}[{names.SiteIndex}];");
        }

        EmitModules(writer, block);
        writer.Separate();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"void {Interface}.Select(int variant, global::System.ReadOnlySpan<{TypeNames.Execution}.SiteSlot> slots)");
        using (writer.Block())
        {
            for (var site = 0; site < names.Slots.Count; site++)
            {
                var cast = block.Spec.Sites[site].Loop is null ? string.Empty : $"({TypeNames.Execution}.{SlotType(block, site)})";
                writer.Line(FormattableString.Invariant($"{names.Slots[site]} = {cast}slots[{site}];"));
            }

            if (block.Spec.Output is null)
            {
                writer.Line($"{names.Selected} = {names.Variants}[variant];");
            }
            else
            {
                OutputEmitter.EmitSelect(writer, block);
            }
        }

        writer.Separate();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"void {Interface}.Deselect()");
        using (writer.Block())
        {
            var uncached = spec.Forward.Names.Uncached;
            writer.Line($"{names.Selected} = {(block.Spec.Sequence is { } sequence ? $"{cache}.Body({uncached}, {sequence.Shards})" : uncached)};");
            foreach (var slot in names.Slots.Concat(block.Spec.Output is { } output ? [output.Slot] : []))
            {
                writer.Line($"{slot} = null!;");
            }
        }
    }

    // Only where a site is more than the member that names it.
    private static void EmitModules(IndentedTextWriter writer, LoweredBlock block)
    {
        if (block.Modules.All(modules => modules.Count == 1))
        {
            return;
        }

        writer.Separate();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"{TypeNames.ReadOnlyList}<{TypeNames.Module}> {TypeNames.Execution}.ICachedBlock.ModulesOf(int {block.Spec.Names.SiteIndex}) =>");
        using (writer.Indent())
        {
            var lists = block.Modules.Select(modules => $"[{string.Join(", ", modules.Select(member => member.Escaped()))}]");
            writer.Line($"new {TypeNames.Module}[][] {{ {string.Join(", ", lists)} }}[{block.Spec.Names.SiteIndex}];");
        }
    }
}
