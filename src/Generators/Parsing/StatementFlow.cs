using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>What a statement reads and writes.</summary>
/// <param name="Reads">Locals and parameters whose values flow in.</param>
/// <param name="Writes">Those it may assign.</param>
/// <param name="Kills">Those it always assigns.</param>
/// <param name="Declares">Locals it brings into scope.</param>
internal sealed record StatementFlow(
    IReadOnlyCollection<ISymbol> Reads, IReadOnlyCollection<ISymbol> Writes, IReadOnlyCollection<ISymbol> Kills,
    IReadOnlyCollection<ILocalSymbol> Declares)
{
    /// <summary>Of any statement, from the compiler's analysis, which walks the whole method for each of these sets.</summary>
    public static StatementFlow? Analyzed(StatementSyntax syntax, SemanticModel model) =>
        model.AnalyzeDataFlow(syntax) is { Succeeded: true } flow
            ? new(Variables(flow.DataFlowsIn), Variables(flow.WrittenInside), Variables(flow.AlwaysAssigned), [.. flow.VariablesDeclared.OfType<ILocalSymbol>()])
            : null;

    private static List<ISymbol> Variables(IEnumerable<ISymbol> symbols) =>
        [.. symbols.Where(symbol => symbol is ILocalSymbol or IParameterSymbol { IsThis: false })];
}
