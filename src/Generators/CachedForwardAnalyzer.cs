using System.Collections.Immutable;
using Afterimage.Generators.Diagnostics;
using Afterimage.Generators.Parsing;
using Afterimage.Generators.Reuse;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Afterimage.Generators;

/// <summary>Reports what the generator had to refuse, at the author's token.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CachedForwardAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = Rules.All;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSymbolAction(Analyze, SymbolKind.NamedType);
    }

    private static void Analyze(SymbolAnalysisContext context)
    {
        if (Annotations.PartsOf((INamedTypeSymbol)context.Symbol, context.CancellationToken) is not [var part, ..])
        {
            return;
        }

        foreach (var finding in ParsedClasses.Of(part, context.Compilation, context.CancellationToken).Findings)
        {
            context.ReportDiagnostic(finding.ToDiagnostic(context.Options));
        }
    }
}
