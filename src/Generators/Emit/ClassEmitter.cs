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
        ];
        writer.Line(lowered.Class.Declaration + (bases.Length == 0 ? string.Empty : $" : {string.Join(", ", bases)}"));
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
        var (spec, forward) = (lowered.Class, lowered.Class.Forward);
        if (lowered.Block is { } block)
        {
            BlockEmitter.EmitFields(writer, spec, block);
        }

        if (spec.Model is { } model)
        {
            ModelEmitter.Emit(writer, spec, model, lowered.Block?.Spec);
        }
        else
        {
            ForwardEmitter.Emit(writer, forward, Body(spec, lowered.Block?.Spec, forward.Parameters.Select(parameter => parameter.Name)));
        }

        if (lowered.Block is not null)
        {
            BlockEmitter.EmitMethods(writer, spec, lowered.Block);
        }
    }

    /// <summary>The call of the selected variant, or of the author's body where there are none.</summary>
    public static string Body(ClassSpec spec, BlockSpec? block, IEnumerable<string> arguments) => block is null
        ? spec.Forward.Body.Parameters.Calling(spec.Forward.Body.Name, arguments)
        : $"{block.Names.Selected}({string.Join(", ", arguments.Prepend("this"))})";
}
