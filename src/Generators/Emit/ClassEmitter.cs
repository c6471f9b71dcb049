using System.Text;
using Afterimage.Generators.Lowering;
using Microsoft.CodeAnalysis.Text;

namespace Afterimage.Generators.Emit;

/// <summary>Writes the file of one class.</summary>
internal static class ClassEmitter
{
    public static SourceText Emit(LoweredClass lowered) => SourceText.From(EmitText(lowered), Encoding.UTF8);

    public static string EmitText(LoweredClass lowered)
    {
        var writer = new IndentedTextWriter();
        HeaderEmitter.Emit(writer, lowered);
        var scopes = new Stack<IndentedTextWriter.BlockScope>();
        foreach (var ns in lowered.Class.Scope.Namespaces)
        {
            OpenNamespace(writer, ns, scopes);
        }

        foreach (var type in lowered.Class.Scope.Types)
        {
            writer.Line(type);
            scopes.Push(writer.Block());
        }

        string[] bases =
        [
            .. lowered.Block is null ? [] : new[] { $"{TypeNames.Execution}.ICachedBlock" },
            .. lowered.Class.Model is null ? [] : new[] { $"{TypeNames.Afterimage}.ICacheableModel" },
            .. lowered.Class.Model is { } model && ModelEmitter.IsCachedModel(model) ? new[] { $"{TypeNames.Execution}.ICachedModel" } : [],
        ];
        writer.Line(bases.Length == 0 ? lowered.Class.Declaration : $"{lowered.Class.Declaration} : {string.Join(", ", bases)}");
        using (writer.Block())
        {
            EmitMembers(writer, lowered);
        }

        while (scopes.Count > 0)
        {
            scopes.Pop().Dispose();
        }

        return writer.ToString();
    }

    private static void OpenNamespace(IndentedTextWriter writer, NamespaceSpec ns, Stack<IndentedTextWriter.BlockScope> scopes)
    {
        if (ns.IsFileScoped)
        {
            writer.Line($"namespace {ns.Name};");
            writer.Separate();
        }
        else if (ns.Name.Length > 0)
        {
            writer.Line($"namespace {ns.Name}");
            scopes.Push(writer.Block());
        }

        foreach (var directive in ns.Usings)
        {
            writer.Line(directive);
        }

        if (ns.Usings.Count > 0)
        {
            writer.Separate();
        }
    }

    private static void EmitMembers(IndentedTextWriter writer, LoweredClass lowered)
    {
        var (spec, block, model, forward) = (lowered.Class, lowered.Block, lowered.Class.Model, lowered.Class.Forward);
        var arguments = forward.Parameters.Select(parameter => parameter.Name);
        if ((model?.Names.Selected ?? block?.Spec.Names.Selected) is not { } selected)
        {
            ForwardEmitter.Emit(writer, forward, forward.Parameters.Calling(forward.Body.Name, arguments));
            return;
        }

        var cache = model?.Names.Cache ?? string.Empty;
        ForwardEmitter.EmitDelegate(writer, spec);
        if (model is not null)
        {
            ModelEmitter.EmitDelegates(writer, spec, model, block);
        }

        if (block is not null)
        {
            BlockEmitter.EmitTables(writer, spec, block);
            OutputEmitter.EmitTable(writer, spec, block);
            writer.Separate();
            BlockEmitter.EmitFields(writer, spec, block);
        }

        if (model is not null)
        {
            writer.Separate();
            ModelEmitter.EmitFields(writer, spec, model, block);
        }

        writer.Separate();
        var call = $"{selected}({string.Join(", ", arguments.Prepend("this"))})";
        if (model is null)
        {
            ForwardEmitter.Emit(writer, forward, call);
        }
        else
        {
            ForwardEmitter.EmitHeld(writer, forward, model.Names.Result, call);
        }

        if (block is not null)
        {
            BlockEmitter.EmitInterface(writer, spec, block, cache);
        }

        if (model is not null)
        {
            ModelEmitter.EmitMembers(writer, spec, model, block);
        }

        foreach (var variant in block?.Variants.Where(variant => variant.Method == variant.Number) ?? [])
        {
            writer.Separate();
            VariantEmitter.Emit(writer, forward.Body, block!, variant, cache);
        }

        if (block?.Spec.Sequence is { } sequence)
        {
            writer.Separate();
            VariantEmitter.EmitShards(writer, forward.Body, block, sequence, cache);
        }

        if (block is not null)
        {
            OutputEmitter.EmitMethods(writer, forward.Body, block);
        }
    }
}
