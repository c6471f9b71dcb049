using Afterimage.Generators.Lowering;

namespace Afterimage.Generators.Emit;

/// <summary>Writes the members of a block.</summary>
internal static class BlockEmitter
{
    /// <summary>Writes what holds the selected variant and its slots.</summary>
    public static void EmitFields(IndentedTextWriter writer, ClassSpec spec, LoweredBlock block)
    {
        EmitTables(writer, spec, block);
        writer.Separate();
        writer.Line($"private {block.Spec.Names.Delegate} {block.Spec.Names.Selected} = {block.Spec.Names.Uncached};");
        for (var site = 0; site < block.Kept.Count; site++)
        {
            writer.Line($"private {SlotType(block.Spec, site)} {block.Spec.Names.Slots[site]} = null!;");
        }

        writer.Separate();
    }

    /// <summary>Writes what selects variants, and the variants.</summary>
    public static void EmitMethods(IndentedTextWriter writer, ClassSpec spec, LoweredBlock block)
    {
        EmitInterface(writer, block.Spec);
        foreach (var variant in block.Methods)
        {
            writer.Separate();
            VariantEmitter.Emit(writer, spec.Forward.Body, block, variant);
        }

        if (block.Spec.HasGate)
        {
            writer.Separate();
            VariantEmitter.EmitGated(writer, spec.Forward.Body, block);
        }
    }

    private static void EmitTables(IndentedTextWriter writer, ClassSpec spec, LoweredBlock block)
    {
        var (names, body) = (block.Spec.Names, spec.Forward.Body);
        writer.Line(TypeNames.GeneratedCode);
        writer.Line($"private delegate {body.ReturnType} {names.Delegate}({body.Parameters.DelegateDeclarations(spec.Type, names.Self)});");
        writer.Separate();
        writer.Line($"private static readonly {names.Delegate} {names.Uncached} = {body.Parameters.CallingLambda(names.Self, body.Name)};");
        writer.Separate();
        writer.Line(block.Spec.HasGate ? "// By the sites they skip: bit i is site i. The last decides while it runs." : "// By the sites they skip: bit i is site i.");
        writer.Line($"private static readonly {names.Delegate}[] {names.Variants} =");
        writer.Line("[");
        using (writer.Indent())
        {
            var forwards = block.Variants.Select(variant => names.Forwards[block.First(variant.Mask)]);
            foreach (var forward in block.Spec.HasGate ? forwards.Append(names.Gated) : forwards)
            {
                writer.Line($"{body.Parameters.CallingLambda(names.Self, forward)},");
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
                var (member, kind) = (block.Spec.Sites[site].Member, block.Spec.Sites[site].Kind);
                var tensors = FormattableString.Invariant($"{block.Kept[site].Indices.Count}");
                var leftOutWith = block.Spec.Sites[site].Loop is not null && block.LeftOutWith(site) is > 0 and var mask
                    ? FormattableString.Invariant($", LeftOutWith: {mask}")
                    : string.Empty;
                writer.Line($"new(\"{member}\", {TypeNames.Afterimage}.SiteKind.{kind}, {tensors}{leftOutWith}),");
            }
        }

        writer.Line("];");
    }

    private static string SlotType(BlockSpec block, int site) => $"{TypeNames.Execution}.{(block.Sites[site].Loop is null ? "SiteSlot" : "StackSlot")}";

    private static void EmitInterface(IndentedTextWriter writer, BlockSpec block)
    {
        var names = block.Names;
        const string Interface = TypeNames.Execution + ".ICachedBlock";
        writer.Separate();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"{TypeNames.ReadOnlyList}<{TypeNames.Execution}.SiteDescriptor> {Interface}.Sites => {names.Sites};");
        if (block.HasGate)
        {
            writer.Separate();
            writer.Line("/// <inheritdoc/>");
            writer.Line($"bool {Interface}.HasGate => true;");
        }

        writer.Separate();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"{TypeNames.Module} {Interface}.SiteModule(int {names.SiteIndex}) =>");
        using (writer.Indent())
        {
            writer.Line($"new {TypeNames.Module}[] {{ {string.Join(", ", block.Sites.Select(site => site.Member.Escaped()))} }}[{names.SiteIndex}];");
        }

        EmitLists(writer, block);
        writer.Separate();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"void {Interface}.Select(int variant, global::System.ReadOnlySpan<{TypeNames.Execution}.SiteSlot> slots)");
        using (writer.Block())
        {
            for (var site = 0; site < names.Slots.Count; site++)
            {
                var cast = block.Sites[site].Loop is null ? string.Empty : $"({SlotType(block, site)})";
                writer.Line(FormattableString.Invariant($"{names.Slots[site]} = {cast}slots[{site}];"));
            }

            writer.Line($"{names.Selected} = {names.Variants}[variant];");
        }

        writer.Separate();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"void {Interface}.Deselect()");
        using (writer.Block())
        {
            writer.Line($"{names.Selected} = {names.Uncached};");
            foreach (var slot in names.Slots)
            {
                writer.Line($"{slot} = null!;");
            }
        }
    }

    // Only where a loop goes through more than the list that names its stack.
    private static void EmitLists(IndentedTextWriter writer, BlockSpec block)
    {
        if (block.Sites.All(site => site.Loop is null or { Lists.Count: 1 }))
        {
            return;
        }

        writer.Separate();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"{TypeNames.ReadOnlyList}<{TypeNames.Module}> {TypeNames.Execution}.ICachedBlock.ModulesOf(int {block.Names.SiteIndex}) =>");
        using (writer.Indent())
        {
            var lists = block.Sites.Select(site => $"[{string.Join(", ", (site.Loop?.Lists ?? new EquatableArray<string>([site.Member])).Select(list => list.Escaped()))}]");
            writer.Line($"new {TypeNames.Module}[][] {{ {string.Join(", ", lists)} }}[{block.Names.SiteIndex}];");
        }
    }
}
