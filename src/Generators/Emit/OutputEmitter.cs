using Afterimage.Generators.Lowering;

namespace Afterimage.Generators.Emit;

/// <summary>Writes what runs a block that is a site as a whole, and what stands in for it.</summary>
internal static class OutputEmitter
{
    public static void EmitTable(IndentedTextWriter writer, ClassSpec spec, LoweredBlock block)
    {
        if (block.Spec.Output is not { } output)
        {
            return;
        }

        var (parameters, self) = (spec.Forward.Body.Parameters, spec.Forward.Names.Self);
        writer.Separate();
        writer.Line("// Where the block runs, and where it does not.");
        writer.Line($"private static readonly {spec.Forward.Names.Type}[] {output.Outputs} =");
        writer.Line("[");
        using (writer.Indent())
        {
            writer.Line($"{parameters.CallingLambda(self, output.Keep)},");
            writer.Line($"{parameters.CallingLambda(self, output.Take)},");
        }

        writer.Line("];");
    }

    public static void EmitFields(IndentedTextWriter writer, ClassSpec spec, LoweredBlock block)
    {
        if (block.Spec.Output is { } output)
        {
            writer.Line($"private {spec.Forward.Names.Type} {output.Inner} = {spec.Forward.Names.Uncached};");
            writer.Line($"private {TypeNames.Execution}.SiteSlot {output.Slot} = null!;");
        }
    }

    public static void EmitSelect(IndentedTextWriter writer, LoweredBlock block)
    {
        var (output, count) = (block.Spec.Output!, block.Spec.Sites.Count);
        writer.Line(FormattableString.Invariant($"{output.Slot} = slots[{count}];"));
        writer.Line(FormattableString.Invariant($"{output.Inner} = {block.Spec.Names.Variants}[variant & {(1 << count) - 1}];"));
        writer.Line(FormattableString.Invariant($"{block.Spec.Names.Selected} = {output.Outputs}[variant >> {count}];"));
    }

    public static void EmitMethods(IndentedTextWriter writer, MethodSpec body, LoweredBlock block)
    {
        if (block.Spec.Output is not { } output)
        {
            return;
        }

        var arguments = string.Join(", ", body.Parameters.Select(parameter => parameter.Name).Prepend("this"));
        Begin(output.Keep);
        using (writer.Block())
        {
            writer.Line($"var {output.Result} = {output.Inner}({arguments});");
            for (var tensor = 0; tensor < output.Elements.Count; tensor++)
            {
                writer.Line(FormattableString.Invariant($"{output.Slot}.Keep({tensor}, {output.Result}{output.Elements[tensor]});"));
            }

            writer.Line($"return {output.Result};");
        }

        var values = Enumerable.Range(0, output.Elements.Count).Select(tensor => FormattableString.Invariant($"{output.Slot}.TakeCopy({tensor})")).ToArray();
        Begin(output.Take);
        using (writer.Block())
        {
            writer.Line($"return {(values.Length == 1 ? values[0] : $"({string.Join(", ", values)})")};");
        }

        void Begin(string name)
        {
            writer.Separate();
            writer.Line(TypeNames.GeneratedCode);
            writer.Line($"private {body.ReturnType} {name}({body.Parameters.Declarations()})");
        }
    }
}
