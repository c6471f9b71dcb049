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

        var bases = lowered switch
        {
            { Block: not null } => $" : {TypeNames.Execution}.ICachedBlock",
            { Class.Model: not null } => $" : {TypeNames.Afterimage}.ICacheableModel",
            _ => string.Empty,
        };
        writer.Line(lowered.Class.Declaration + bases);
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
        if (lowered.Block is { } block)
        {
            BlockEmitter.Emit(writer, lowered.Class, block);
        }
        else if (lowered.Class.Model is { } model)
        {
            ModelEmitter.Emit(writer, lowered.Class, model);
        }
        else
        {
            var forward = lowered.Class.Forward;
            ForwardEmitter.Emit(writer, forward, forward.Parameters.Calling(forward.Body.Name, forward.Parameters.Select(parameter => parameter.Name)));
        }
    }
}
