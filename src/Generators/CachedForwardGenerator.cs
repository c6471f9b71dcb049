using Afterimage.Generators.Emit;
using Afterimage.Generators.Lowering;
using Afterimage.Generators.Reuse;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators;

/// <summary>Emits the variants of blocks and the wiring of models.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class CachedForwardGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var specs = context.SyntaxProvider
            .CreateSyntaxProvider(
                static (node, _) => node is MethodDeclarationSyntax { AttributeLists.Count: > 0, Parent: TypeDeclarationSyntax },
                static (context, cancellation) => Parse((MethodDeclarationSyntax)context.Node, context.SemanticModel.Compilation, cancellation))
            .Where(static spec => spec is not null)
            .WithTrackingName(TrackingNames.Parse);

        var classes = specs
            .Select(static (spec, _) => Slicer.Lower(spec!))
            .WithTrackingName(TrackingNames.Lower);

        var names = classes
            .Select(static (lowered, _) => lowered.Class.FullName)
            .Collect()
            .Select(static (all, _) => HintNames.Ambiguous(all))
            .WithTrackingName(TrackingNames.Names);

        context.RegisterSourceOutput(classes.Combine(names), static (output, pair) =>
            output.AddSource(HintNames.Of(pair.Left.Class.FullName, pair.Right), ClassEmitter.Emit(pair.Left)));
    }

    // Asked of every such method in every new compilation, so nothing is bound before the class is known to be another one than it was:
    // ForAttributeWithMetadataName would bind each attribute. A class with two bodies comes by twice; the first one speaks for it.
    private static ClassSpec? Parse(MethodDeclarationSyntax method, Compilation compilation, CancellationToken cancellation)
    {
        var project = ProjectDeclarations.Of(compilation);
        if (!method.AttributeLists.SelectMany(list => list.Attributes).Any(project.MayMarkBody))
        {
            return null;
        }

        var parsed = ParsedClasses.Of((TypeDeclarationSyntax)method.Parent!, compilation, cancellation);
        return method.Identifier.GetLocation().Equals(parsed.Body) ? parsed.Spec : null;
    }
}
