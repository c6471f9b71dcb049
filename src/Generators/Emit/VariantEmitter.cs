using Afterimage.Generators.Lowering;

namespace Afterimage.Generators.Emit;

/// <summary>Writes one variant: the author's statements, mapped to the author's lines, and what stands in for sites; or all of them, with what splits sequences.</summary>
internal static class VariantEmitter
{
    public static void Emit(IndentedTextWriter writer, MethodSpec body, LoweredBlock block, Variant variant, string cache)
    {
        writer.Line(TypeNames.GeneratedCode);
        writer.Line($"private {body.ReturnType} {block.Spec.Names.Forwards[variant.Number]}({body.Parameters.Declarations()})");
        using (writer.Block())
        {
            foreach (var step in variant.Steps)
            {
                EmitStep(writer, block, step);
                EmitPoints(writer, block, step.Statement, cache, statement => variant.Steps[statement].Kind is not StepKind.Omit);
            }

            writer.Directive("#line default");
        }
    }

    /// <summary>The author's body, of which ranks share the sequences.</summary>
    public static void EmitShards(IndentedTextWriter writer, MethodSpec body, LoweredBlock block, SequenceSpec sequence, string cache)
    {
        writer.Line(TypeNames.GeneratedCode);
        writer.Line($"private {body.ReturnType} {sequence.Forward}({body.Parameters.Declarations()})");
        using (writer.Block())
        {
            for (var i = 0; i < block.Spec.Statements.Count; i++)
            {
                EmitMapped(writer, block, block.Spec.Statements[i], block.Spec.Statements[i].Text);
                EmitPoints(writer, block, i, cache, static _ => true);
            }

            writer.Directive("#line default");
        }
    }

    private static void EmitPoints(IndentedTextWriter writer, LoweredBlock block, int statement, string cache, Func<int, bool> isThere)
    {
        SequencePoint[] points = [.. block.Spec.Sequence?.Points.Where(point => point.Statement == statement && isThere(statement) && isThere(point.Declared)) ?? []];
        if (points.Length > 0)
        {
            writer.Directive("#line hidden");
        }

        foreach (var point in points)
        {
            var (variable, names) = (point.Variable.Escaped(), string.Join(", ", point.Sequences.Select(name => $"\"{name}\"")));
            var arguments = point.Method == "Positions" ? $"{variable}, {names}" : $"{names}, {variable}";
            writer.Line($"{variable} = {cache}.Sequence.{point.Method}({arguments});");
        }
    }

    private static void EmitStep(IndentedTextWriter writer, LoweredBlock block, VariantStep step)
    {
        var statement = block.Spec.Statements[step.Statement];
        block.Spec.IsSkipped(step.Statement, 0, out var site);
        if (step.Kind is StepKind.Gate)
        {
            StackEmitter.EmitGate(writer, block, statement, site);
            return;
        }

        if (step.Kind is StepKind.Keep && block.Spec.Sites[site].Loop is not null)
        {
            StackEmitter.EmitEnter(writer, block, site);
        }

        if (step.Kind is StepKind.Author or StepKind.Keep)
        {
            EmitMapped(writer, block, statement, statement.Text);
        }

        if (step.Kind is StepKind.Omit or StepKind.Author && step.Declares.Count == 0)
        {
            return;
        }

        if (step.Kind is StepKind.Take)
        {
            EmitMapped(writer, block, statement, block.Spec.Sites[site].Loop is null ? Take(block, site) : StackEmitter.Take(block, site));
        }

        if (step.Kind is StepKind.Keep || step.Declares.Count > 0)
        {
            writer.Directive("#line hidden");
        }

        foreach (var local in step.Declares)
        {
            writer.Line($"{local.Type} {local.Name.Escaped()};");
        }

        if (step.Kind is StepKind.Keep)
        {
            foreach (var line in Keep(block, site))
            {
                writer.Line(line);
            }
        }
    }

    public static void EmitMapped(IndentedTextWriter writer, LoweredBlock block, StatementSpec statement, string text)
    {
        var span = statement.Span;
        if (block.Spec.FilePath.Length == 0 || !span.CanBeMapped)
        {
            writer.Directive("#line default");
        }
        else
        {
            var (start, end) = ($"({span.StartLine},{span.StartColumn})", $"({span.EndLine},{span.EndColumn})");
            writer.Directive(FormattableString.Invariant($"#line {start}-{end} {writer.Indentation} \"{block.Spec.FilePath}\""));
        }

        // Lines after the first keep the author's indentation, and so their columns.
        writer.Line(text);
    }

    private static IEnumerable<string> Keep(LoweredBlock block, int site)
    {
        var (spec, slot, kept) = (block.Spec.Sites[site], block.Spec.Names.Slots[site], block.Kept[site].Indices);
        return kept.Select((element, tensor) => FormattableString.Invariant($"{slot}.Keep({tensor}, {Value(spec, element)});"));
    }

    private static string Value(SiteSpec site, int element) => site.Whole is { } whole
        ? FormattableString.Invariant($"{whole.Variable.Escaped()}.Item{element + 1}")
        : site.Elements[element].Variable.Escaped();

    private static string Take(LoweredBlock block, int site)
    {
        var (spec, slot, kept) = (block.Spec.Sites[site], block.Spec.Names.Slots[site], block.Kept[site]);
        var values = kept.Indices.Select((element, tensor) =>
            FormattableString.Invariant($"{slot}.{(kept.Copied.Contains(element) ? "TakeCopy" : "Take")}({tensor})")).ToArray();
        if (spec.Whole is { } whole)
        {
            var named = spec.Elements.Zip(values, (element, value) => element.TupleName.Length == 0 ? value : $"{element.TupleName.Escaped()}: {value}");
            return $"{Using(spec)}{Target(whole)} = ({string.Join(", ", named)});";
        }

        SiteElement[] targets = [.. kept.Indices.Select(element => spec.Elements[element])];
        return targets.Length == 1
            ? $"{Using(spec)}{Target(targets[0])} = {values[0]};"
            : $"{Targets(targets)} = ({string.Join(", ", values)});";
    }

    private static string Using(SiteSpec site) => site.Using ? "using " : string.Empty;

    private static string Target(SiteElement element) =>
        element.Declaration.Length == 0 ? element.Variable.Escaped() : $"{element.Declaration} {element.Variable.Escaped()}";

    private static string Targets(SiteElement[] targets) => targets.All(target => target.Declaration == "var")
        ? $"var ({string.Join(", ", targets.Select(target => target.Variable.Escaped()))})"
        : $"({string.Join(", ", targets.Select(Target))})";
}
