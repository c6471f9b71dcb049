using Afterimage.Generators.Lowering;

namespace Afterimage.Generators.Emit;

/// <summary>Writes the loop over a stack, or what stands in for it.</summary>
internal static class StackEmitter
{
    /// <summary>The loop with what it adds kept, or what it added before.</summary>
    public static void Emit(IndentedTextWriter writer, LoweredBlock block, int stack, VariantStep step)
    {
        var (slot, statement) = (block.Spec.Names.Slots[stack], block.Spec.Statements[block.Spec.Sites[stack].Statement]);
        if (step.Kind is StepKind.Take)
        {
            var takes = Calls(block, stack, (i, v) => $"{v} = {slot}.Take({i}, {v});").Where((_, tensor) => step.Taken.Contains(tensor));
            VariantEmitter.EmitMapped(writer, block, statement, string.Join("\n" + new string(' ', writer.Indentation), takes));
            return;
        }

        EmitHidden(writer, Calls(block, stack, (i, v) => $"{slot}.Enter({i}, {v});"));
        VariantEmitter.EmitMapped(writer, block, statement, statement.Text);
        EmitHidden(writer, Calls(block, stack, (i, v) => $"{slot}.Keep({i}, {v});"));
    }

    /// <summary>The loop over the first blocks, over the rest if they run, and over the last.</summary>
    public static void EmitGated(IndentedTextWriter writer, LoweredBlock block, int stack)
    {
        var slot = block.Spec.Names.Slots[stack];
        EmitHidden(writer, Calls(block, stack, (i, v) => $"{slot}.Enter({i}, {v});"));
        EmitPart("Head");
        EmitHidden(writer, Calls(block, stack, (i, v) => $"{slot}.Branch({i}, {v});"));
        EmitPart("Rest");
        EmitHidden(writer, Calls(block, stack, (i, v) => $"{v} = {slot}.Leave({i}, {v});"));
        EmitPart("Tail");

        void EmitPart(string part)
        {
            var (loop, statement) = (block.Spec.Sites[stack].Loop!, block.Spec.Statements[block.Spec.Sites[stack].Statement]);
            VariantEmitter.EmitMapped(writer, block, statement, $"{loop.Before}{slot}.{part}({loop.Collection}){loop.After}");
        }
    }

    private static void EmitHidden(IndentedTextWriter writer, IEnumerable<string> lines)
    {
        writer.Directive("#line hidden");
        foreach (var line in lines)
        {
            writer.Line(line);
        }
    }

    private static IEnumerable<string> Calls(LoweredBlock block, int stack, Func<string, string, string> call) =>
        block.Kept[stack].Indices.Select((element, tensor) =>
            call(FormattableString.Invariant($"{tensor}"), block.Spec.Sites[stack].Elements[element].Variable.Escaped()));
}
