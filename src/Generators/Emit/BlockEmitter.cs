using Afterimage.Generators.Lowering;

namespace Afterimage.Generators.Emit;

/// <summary>Writes the members of a block.</summary>
internal static class BlockEmitter
{
    public static void Emit(IndentedTextWriter writer, ClassSpec spec, LoweredBlock block)
    {
        EmitFields(writer, spec, block);
        writer.Separate();
        var names = block.Spec.Names;
        ForwardEmitter.Emit(writer, spec.Forward, $"{names.Selected}({string.Join(", ", spec.Forward.Parameters.Select(p => p.Name).Prepend("this"))})");
        EmitInterface(writer, block.Spec);
        foreach (var variant in block.Variants)
        {
            writer.Separate();
            VariantEmitter.Emit(writer, spec.Forward.Body, block, variant);
        }
    }

    private static void EmitFields(IndentedTextWriter writer, ClassSpec spec, LoweredBlock block)
    {
        var (names, body) = (block.Spec.Names, spec.Forward.Body);
        writer.Line(TypeNames.GeneratedCode);
        writer.Line($"private delegate {body.ReturnType} {names.Delegate}({body.Parameters.DelegateDeclarations(spec.Type, names.Self)});");
        writer.Separate();
        writer.Line($"private static readonly {names.Delegate} {names.Uncached} = {body.Parameters.CallingLambda(names.Self, body.Name)};");
        writer.Separate();
        writer.Line("// By the sites they skip: bit i is site i.");
        writer.Line($"private static readonly {names.Delegate}[] {names.Variants} =");
        writer.Line("[");
        using (writer.Indent())
        {
            foreach (var forward in names.Forwards)
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
                writer.Line($"new(\"{member}\", {TypeNames.Afterimage}.SiteKind.{kind}, {tensors}),");
            }
        }

        writer.Line("];");
        writer.Separate();
        writer.Line($"private {names.Delegate} {names.Selected} = {names.Uncached};");
        foreach (var slot in names.Slots)
        {
            writer.Line($"private {TypeNames.Execution}.SiteSlot {slot} = null!;");
        }
    }

    private static void EmitInterface(IndentedTextWriter writer, BlockSpec block)
    {
        var names = block.Names;
        const string Interface = TypeNames.Execution + ".ICachedBlock";
        writer.Separate();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"{TypeNames.ReadOnlyList}<{TypeNames.Execution}.SiteDescriptor> {Interface}.Sites => {names.Sites};");
        writer.Separate();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"{TypeNames.Module} {Interface}.SiteModule(int {names.SiteIndex}) =>");
        using (writer.Indent())
        {
            writer.Line($"new {TypeNames.Module}[] {{ {string.Join(", ", block.Sites.Select(site => site.Member.Escaped()))} }}[{names.SiteIndex}];");
        }

        writer.Separate();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"void {Interface}.Select(int variant, global::System.ReadOnlySpan<{TypeNames.Execution}.SiteSlot> slots)");
        using (writer.Block())
        {
            for (var site = 0; site < names.Slots.Count; site++)
            {
                writer.Line(FormattableString.Invariant($"{names.Slots[site]} = slots[{site}];"));
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
}
