using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads one top-level statement of a body.</summary>
internal sealed class StatementParser(SemanticModel model, ISet<ISymbol> captured, CancellationToken cancellation)
{
    private const int SummaryLength = 72;

    public ParsedStatement Parse(StatementSyntax syntax)
    {
        cancellation.ThrowIfCancellationRequested();
        var operation = model.GetOperation(syntax, cancellation);
        var flow = StraightFlow.Of(operation) ?? StatementFlow.Analyzed(syntax, model);
        var reads = NamesOf(flow?.Reads);
        var writes = NamesOf(flow?.Writes);
        var (removable, impure) = Removability.Of(operation);
        var kind = StatementKind.Root;
        var names = syntax.DescendantTokens().Where(token => token.IsKind(SyntaxKind.IdentifierToken)).Select(token => token.ValueText).Distinct();
        if (Removability.DisposedVariable(operation) is { } disposed)
        {
            (kind, names) = (StatementKind.Dispose, [disposed]);
        }
        else if (removable && flow is not null && CanGo(syntax, flow))
        {
            kind = StatementKind.Removable;
        }

        var spec = new StatementSpec(
            kind, StatementText.Of(syntax), SpanOf(syntax), Summary(syntax),
            reads, writes, NamesOf(flow?.Kills), names.ToEquatableArray(), Declares(flow),
            AliasParser.Parse(operation, reads, writes).ToEquatableArray(), ModulesIn(operation));
        return new ParsedStatement(spec, syntax, operation, kind == StatementKind.Root ? CulpritOf(syntax, impure) : null);
    }

    private EquatableArray<string> ModulesIn(IOperation? operation) => (operation?.DescendantsAndSelf() ?? [])
        .OfType<IMemberReferenceOperation>()
        .Where(member => member is { Instance: IInstanceReferenceOperation, Member: IFieldSymbol or IPropertySymbol } && CachedModules.AreIn(member.Type, model.Compilation.Assembly))
        .Select(member => member.Member.Name).Distinct().ToEquatableArray();

    private static EquatableArray<string> NamesOf(IEnumerable<ISymbol>? symbols) =>
        (symbols ?? []).Select(symbol => symbol.Name).Distinct().ToEquatableArray();

    private static EquatableArray<LocalSpec> Declares(StatementFlow? flow) =>
        (flow?.Declares ?? []).Select(local => new LocalSpec(local.Name, TypeText.Of(local.Type))).ToEquatableArray();

    // A captured variable may be read by whoever holds the lambda, and a constant or an unnameable type cannot be declared again.
    // A declaration without a value costs nothing.
    private bool CanGo(StatementSyntax syntax, StatementFlow flow) =>
        syntax is not LocalDeclarationStatementSyntax { IsConst: true }
        && flow.Writes.Count > 0
        && !flow.Writes.Any(captured.Contains)
        && !flow.Declares.Any(local => local.Type.IsAnonymousType);

    private static Culprit? CulpritOf(StatementSyntax syntax, IOperation? impure) => impure switch
    {
        IInvocationOperation { Syntax: InvocationExpressionSyntax invocation } call when PureCalls.IsModuleForward(call) =>
            CalleeOf(invocation) is var callee ? new(callee.Identifier.ValueText, callee.GetLocation(), IsModule: true) : null,
        IInvocationOperation { Syntax: InvocationExpressionSyntax invocation } call => new(call.TargetMethod.Name, NameOf(invocation.Expression).GetLocation()),
        IObjectCreationOperation { Type: { } type, Syntax: BaseObjectCreationExpressionSyntax creation } => new($"new {type.Name}", creation.NewKeyword.GetLocation()),
        _ => new(null, syntax.GetFirstToken().GetLocation()),
    };

    /// <summary>The module whose <c>forward</c> is called, or the method.</summary>
    public static SimpleNameSyntax CalleeOf(InvocationExpressionSyntax invocation) => invocation.Expression switch
    {
        MemberAccessExpressionSyntax { Name.Identifier.ValueText: "forward" or "call", Expression: var module }
            when module.DescendantNodesAndSelf().OfType<SimpleNameSyntax>().LastOrDefault(name => name.Parent is not ArgumentSyntax) is { } name => name,
        var callee => NameOf(callee),
    };

    public static SimpleNameSyntax NameOf(ExpressionSyntax callee) => callee switch
    {
        MemberAccessExpressionSyntax access => access.Name,
        MemberBindingExpressionSyntax binding => binding.Name,
        SimpleNameSyntax name => name,
        _ => callee.DescendantNodesAndSelf().OfType<SimpleNameSyntax>().Last(),
    };

    private static SourceSpan SpanOf(StatementSyntax syntax)
    {
        var span = syntax.SyntaxTree.GetLineSpan(syntax.Span);
        return new(span.StartLinePosition.Line + 1, span.StartLinePosition.Character + 1, span.EndLinePosition.Line + 1, span.EndLinePosition.Character + 1);
    }

    private static string Summary(StatementSyntax syntax) => Summary((SyntaxNode)(syntax switch
    {
        LocalDeclarationStatementSyntax { Declaration.Variables: [{ Initializer.Value: { } value }] } => value,
        ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax assignment } => assignment.Right,
        _ => syntax,
    }));

    /// <summary>A piece of code on one line, for comments.</summary>
    public static string Summary(SyntaxNode subject) => Summary(subject.DescendantTokens());

    /// <inheritdoc cref="Summary(SyntaxNode)"/>
    public static string Summary(IEnumerable<SyntaxToken> code)
    {
        SyntaxToken[] all = [.. code];
        var tokens = all.Select(token => token.TrailingTrivia.Any() && token != all[^1] ? token.Text + " " : token.Text);
        var text = string.Concat(string.Concat(tokens).Replace("( ", "(").Select(each => SyntaxFacts.IsNewLine(each) ? ' ' : each));
        return text.Length <= SummaryLength ? text : text[..(SummaryLength - 3)] + "...";
    }
}
