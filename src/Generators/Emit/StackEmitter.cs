using Afterimage.Generators.Lowering;

namespace Afterimage.Generators.Emit;

/// <summary>Writes what stands around the loop of a stack, and in its place.</summary>
internal static class StackEmitter
{
    public static void EmitEnter(IndentedTextWriter writer, LoweredBlock block, int site)
    {
        if (block.Kept[site].Indices.Count > 0)
        {
            writer.Directive("#line hidden");
            EmitNotes(writer, block, site, "Enter", block.Kept[site].Indices);
        }
    }

    /// <summary>All at once, so that each adds to what its variable was before.</summary>
    public static string Take(LoweredBlock block, int site)
    {
        var slot = block.Spec.Names.Slots[site];
        var variables = Variables(block, site, block.Kept[site].Indices);
        var values = variables.Select((variable, tensor) => FormattableString.Invariant($"{slot}.Take({tensor}, {variable})")).ToArray();
        return variables.Length == 1 ? $"{variables[0]} = {values[0]};" : $"({string.Join(", ", variables)}) = ({string.Join(", ", values)});";
    }

    /// <summary>The loop three times: over the first blocks, over those that may be left out, and over the last.</summary>
    public static void EmitGate(IndentedTextWriter writer, LoweredBlock block, StatementSpec statement, int site)
    {
        var (slot, loop, kept) = (block.Spec.Names.Slots[site], block.Spec.Sites[site].Loop!.Gate!, block.Kept[site]);
        int[] elements = [.. kept.Indices, .. kept.Carried];
        writer.Directive("#line hidden");
        EmitNotes(writer, block, site, "Enter", elements);
        Loop("Head");
        writer.Directive("#line hidden");
        EmitNotes(writer, block, site, "Branch", elements);
        Loop("Rest");
        writer.Directive("#line hidden");
        foreach (var (variable, tensor) in Variables(block, site, elements).Select((variable, tensor) => (variable, tensor)))
        {
            writer.Line(FormattableString.Invariant($"{variable} = {slot}.Leave({tensor}, {variable});"));
        }

        Loop("Tail");

        void Loop(string part) => VariantEmitter.EmitMapped(writer, block, statement, $"{loop.Before}{slot}.{part}({loop.Blocks}){loop.After}");
    }

    private static void EmitNotes(IndentedTextWriter writer, LoweredBlock block, int site, string note, IEnumerable<int> elements)
    {
        foreach (var (variable, tensor) in Variables(block, site, elements).Select((variable, tensor) => (variable, tensor)))
        {
            writer.Line(FormattableString.Invariant($"{block.Spec.Names.Slots[site]}.{note}({tensor}, {variable});"));
        }
    }

    private static string[] Variables(LoweredBlock block, int site, IEnumerable<int> elements) =>
        [.. elements.Select(element => block.Spec.Sites[site].Elements[element].Variable.Escaped())];
}
