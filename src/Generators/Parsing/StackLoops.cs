using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads the loop of a stack as a site: what it assigns is its result.</summary>
internal static class StackLoops
{
    /// <summary>The statement as the pipeline gets it: what is declared in the loop stays in it.</summary>
    public static StatementSpec Statement(StatementSpec parsed, StatementSyntax loop) => parsed with
    {
        Kind = StatementKind.Site,
        Summary = Head(loop),
        Writes = parsed.Writes.Except(parsed.Declares.Select(local => local.Name)).OrderBy(variable => FirstNamed(loop, variable)).ToEquatableArray(),
        Declares = default,
    };

    // In the order in which the loop names them: the first is what a run decides on, as it is the first that blocks are given.
    private static int FirstNamed(StatementSyntax loop, string variable) =>
        loop.DescendantTokens().First(token => token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText == variable).SpanStart;

    public static SiteSpec Parse(SiteSymbol site, StatementSpec statement, int number, SemanticModel model)
    {
        var carried = statement.Writes.Where(statement.Reads.Contains).ToEquatableArray();
        var canCarry = Variables(site.Statement!, model).Where(variable => carried.Contains(variable.Name)).All(variable => Obstacle(variable, site.Statement!, model) is null);
        var gate = canCarry && site.Statement is CommonForEachStatementSyntax loop && IsMember(loop.Expression, site) && !IsLeft(loop)
            ? StatementText.Around(loop, loop.Expression)
            : default;
        return new SiteSpec(
            site.Member.Name, site.Kind, number, Using: false, Whole: null,
            statement.Writes.Select(variable => new SiteElement(variable, string.Empty, string.Empty)).ToEquatableArray(),
            new[] { statement.Summary }.ToEquatableArray(),
            new LoopSpec(gate.Inner is null ? null : new LoopText(gate.Before, gate.Inner, gate.After), carried, Lists(site, model).ToEquatableArray()));
    }

    private static IEnumerable<string> Lists(SiteSymbol site, SemanticModel model) => site.Statement!.DescendantNodes()
        .OfType<IdentifierNameSyntax>()
        .Select(name => model.GetSymbolInfo(name).Symbol)
        .Where(symbol => symbol is IFieldSymbol or IPropertySymbol && SiteAttributes.IsModuleList(SiteAttributes.TypeOf(symbol)))
        .Select(symbol => symbol!.Name)
        .Prepend(site.Member.Name)
        .Distinct();

    /// <summary>The variables from outside that a loop may assign.</summary>
    public static IEnumerable<ISymbol> Variables(StatementSyntax loop, SemanticModel model) =>
        StatementFlow.Analyzed(loop, model) is { } flow ? flow.Writes.Where(variable => !flow.Declares.Contains(variable, SymbolEqualityComparer.Default)) : [];

    /// <summary>What keeps a variable from being kept before and after a loop; null if nothing does.</summary>
    public static string? Obstacle(ISymbol variable, StatementSyntax loop, SemanticModel model)
    {
        var type = TypeOf(variable);
        var written = type.WithNullableAnnotation(IsNullable(variable) ? NullableAnnotation.Annotated : NullableAnnotation.NotAnnotated);
        var flow = model.AnalyzeDataFlow(loop);
        return !KnownSymbols.IsTensor(written) || IsNullable(variable) ? $"is a '{written.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)}'"
            : flow?.DefinitelyAssignedOnEntry.Contains(variable) != true ? "has no value before the loop"
            : flow.Captured.Contains(variable) ? "is used in a lambda"
            : null;
    }

    public static ITypeSymbol TypeOf(ISymbol variable) => (variable as ILocalSymbol)?.Type ?? ((IParameterSymbol)variable).Type;

    // A local's type is nullable where its author wrote that, and for var in any case.
    private static bool IsNullable(ISymbol variable) => variable.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is
        VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax { Type: NullableTypeSyntax } } or ParameterSyntax { Type: NullableTypeSyntax };

    private static bool IsMember(ExpressionSyntax blocks, SiteSymbol site) => blocks switch
    {
        IdentifierNameSyntax name => name.Identifier.ValueText == site.Member.Name,
        MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name: var name } => name.Identifier.ValueText == site.Member.Name,
        _ => false,
    };

    // What leaves the loop would only leave one of its three parts.
    private static bool IsLeft(StatementSyntax loop) => loop.DescendantNodes(node => node == loop || node is not (CommonForEachStatementSyntax or ForStatementSyntax
            or WhileStatementSyntax or DoStatementSyntax or SwitchStatementSyntax))
        .Any(node => node is BreakStatementSyntax);

    private static string Head(StatementSyntax loop)
    {
        var body = loop is CommonForEachStatementSyntax each ? each.Statement : ((ForStatementSyntax)loop).Statement;
        return StatementParser.Summary(loop.DescendantTokens().TakeWhile(token => token.SpanStart < body.SpanStart));
    }
}
