using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads the loop that runs a stack of blocks.</summary>
internal static class StackLoops
{
    public static SiteSpec Parse(SiteSymbol site, int statement, SemanticModel model)
    {
        var loop = site.Statement!;
        return new SiteSpec(
            site.Member.Name, site.Kind, statement, Using: false, Whole: null,
            Written(loop, model).Select(variable => new SiteElement(variable.Name, string.Empty, string.Empty)).ToEquatableArray(),
            new EquatableArray<string>([Heading(loop)]),
            new LoopSpec(Before(site, loop), Collection(site, loop), After(site, loop), Lists(site, loop, model).ToEquatableArray()));
    }

    /// <summary>
    /// The variables from before the loop that it writes, in the order in which it names them: the first is what decisions are made on, as it is the first that
    /// blocks are given.
    /// </summary>
    public static IEnumerable<ISymbol> Written(StatementSyntax loop, SemanticModel model)
    {
        if (model.AnalyzeDataFlow(loop) is not { Succeeded: true } flow)
        {
            return [];
        }

        List<string> named = [.. loop.DescendantNodes().OfType<IdentifierNameSyntax>().Select(name => name.Identifier.ValueText).Distinct()];
        return flow.WrittenInside.Except(flow.VariablesDeclared, SymbolEqualityComparer.Default)
            .OfType<ISymbol>()
            .Where(variable => variable is ILocalSymbol or IParameterSymbol { IsThis: false })
            .OrderBy(variable => named.IndexOf(variable.Name));
    }

    private static ExpressionSyntax? Through(SiteSymbol site, StatementSyntax loop) =>
        loop is CommonForEachStatementSyntax { Expression: var expression } && IsMember(expression, site.Member.Name) ? expression : null;

    private static bool IsMember(ExpressionSyntax expression, string member) => expression switch
    {
        IdentifierNameSyntax name => name.Identifier.ValueText == member,
        MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name: IdentifierNameSyntax name } => name.Identifier.ValueText == member,
        _ => false,
    };

    private static string Collection(SiteSymbol site, StatementSyntax loop) => Through(site, loop)?.ToString() ?? string.Empty;

    private static string Before(SiteSymbol site, StatementSyntax loop) => StatementText.Of(
        loop, token => Through(site, loop) is not { } through || token.SpanStart < through.SpanStart);

    private static string After(SiteSymbol site, StatementSyntax loop) => StatementText.Of(
        loop, token => Through(site, loop) is { } through && token.SpanStart >= through.Span.End);

    private static string Heading(StatementSyntax loop) => loop switch
    {
        CommonForEachStatementSyntax each => StatementParser.Summary(each, each.CloseParenToken),
        ForStatementSyntax counted => StatementParser.Summary(counted, counted.CloseParenToken),
        _ => StatementParser.Summary(loop),
    };

    private static IEnumerable<string> Lists(SiteSymbol site, StatementSyntax loop, SemanticModel model) => loop.DescendantNodes()
        .OfType<IdentifierNameSyntax>()
        .Select(name => model.GetSymbolInfo(name).Symbol)
        .Where(symbol => symbol is IFieldSymbol or IPropertySymbol && KnownSymbols.IsModuleList(SiteAttributes.TypeOf(symbol)))
        .Select(symbol => symbol!.Name)
        .Prepend(site.Member.Name)
        .Distinct();
}
