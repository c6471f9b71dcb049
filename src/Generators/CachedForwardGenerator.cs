using Afterimage.Generators.Emit;
using Afterimage.Generators.Lowering;
using Afterimage.Generators.Parsing;
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
            .ForAttributeWithMetadataName(
                KnownSymbols.CachedForwardAttribute,
                static (node, _) => node is MethodDeclarationSyntax,
                static (context, cancellation) => Parse(context, cancellation))
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

    // A class with two bodies comes by twice; the first one speaks for it.
    private static ClassSpec? Parse(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        var symbols = ClassSymbols.Of(context.TargetSymbol.ContainingType, context.SemanticModel, cancellation);
        return symbols.Bodies.Count > 0 && SymbolEqualityComparer.Default.Equals(symbols.Bodies[0], context.TargetSymbol)
            ? ClassParser.Parse(symbols).Spec
            : null;
    }
}
