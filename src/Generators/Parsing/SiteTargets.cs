using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads where a site's result goes.</summary>
internal static class SiteTargets
{
    public static SiteSpec? Parse(SiteSymbol site, int statement, SemanticModel model, Findings findings)
    {
        // Where the call or its target does not bind the compiler says so, and there is nothing to add.
        if (model.GetOperation(site.Call!) is not IInvocationOperation { Type: { } type and not IErrorTypeSymbol } call
            || model.GetOperation(site.Statement!) is not { } assignment || !Binds(assignment))
        {
            return null;
        }

        var name = ((MemberAccessExpressionSyntax)site.Call!.Expression).Name;
        if (KnownSymbols.TensorsOf(type) is not { } tensors)
        {
            findings.Add(
                Rules.SiteResultType, name.GetLocation(), site.Member.Name, name.Identifier.ValueText,
                type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
            return null;
        }

        foreach (var impure in call.Arguments.Select(Purity.FirstImpure).OfType<IOperation>())
        {
            var token = impure.Syntax is InvocationExpressionSyntax invocation
                ? (impure is IInvocationOperation inner && PureCalls.IsModuleForward(inner) ? StatementParser.CalleeOf(invocation) : StatementParser.NameOf(invocation.Expression)).Identifier
                : impure.Syntax.GetFirstToken();
            findings.Add(Rules.SiteArgument, token.GetLocation(), token.ValueText, site.Member.Name);
        }

        SiteSpec Spec(SiteElement? whole, IEnumerable<SiteElement> elements) =>
            new(site.Member.Name, site.Kind, statement, IsUsing(site.Statement!), whole, elements.ToEquatableArray(), Inlined(site.Call!).ToEquatableArray());

        var targets = Targets(site.Statement!, model);
        if (assignment is IExpressionStatementOperation { Operation: IAssignmentOperation { Target: var target } } && !Removability.IsVariable(target))
        {
            targets = null;
        }

        if (targets is [{ } single] && site.Statement is not ExpressionStatementSyntax
            {
                Expression: AssignmentExpressionSyntax { Left: TupleExpressionSyntax or DeclarationExpressionSyntax },
            })
        {
            return type is { IsTupleType: false }
                ? Spec(null, [single])
                : Spec(single, tensors.Select(tupleName => new SiteElement(string.Empty, string.Empty, tupleName)));
        }

        if (targets is not null && targets.Count == tensors.Count)
        {
            return Spec(null, targets);
        }

        var member = StatementParser.NameOf(((MemberAccessExpressionSyntax)site.Call.Expression).Expression);
        findings.Add(Rules.SiteForm, member.GetLocation(), site.Member.Name);
        return null;
    }

    // What is computed in the argument list, rather than read from variables and members.
    private static IEnumerable<string> Inlined(InvocationExpressionSyntax call) =>
        call.ArgumentList.Arguments
            .Select(argument => argument.Expression)
            .Where(argument => argument.DescendantNodesAndSelf().Any(IsComputation))
            .Select(StatementParser.Summary);

    private static bool IsComputation(SyntaxNode node) => node is InvocationExpressionSyntax
        or BaseObjectCreationExpressionSyntax or BinaryExpressionSyntax or PrefixUnaryExpressionSyntax { Operand: not LiteralExpressionSyntax }
        or ElementAccessExpressionSyntax or SwitchExpressionSyntax or ConditionalExpressionSyntax or InterpolatedStringExpressionSyntax;

    private static bool Binds(IOperation statement) =>
        statement is not IExpressionStatementOperation { Operation: not IAssignmentOperation }
        && !statement.DescendantsAndSelf().Any(part => part is IInvalidOperation);

    private static bool IsUsing(StatementSyntax statement) =>
        statement is LocalDeclarationStatementSyntax local && local.UsingKeyword.IsKind(SyntaxKind.UsingKeyword);

    // One per element, in order; null for a form that is not a list of variables.
    private static IReadOnlyList<SiteElement>? Targets(StatementSyntax statement, SemanticModel model) => statement switch
    {
        LocalDeclarationStatementSyntax local => [new(local.Declaration.Variables[0].Identifier.ValueText, local.Declaration.Type.ToString(), string.Empty)],
        ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax assignment } => Targets(assignment.Left, model),
        _ => null,
    };

    private static IReadOnlyList<SiteElement>? Targets(ExpressionSyntax left, SemanticModel model) => left switch
    {
        TupleExpressionSyntax tuple => All(tuple.Arguments.Select(argument => One(argument.Expression, model))),
        DeclarationExpressionSyntax { Designation: ParenthesizedVariableDesignationSyntax variables } =>
            All(variables.Variables.Select(variable => One(variable, "var"))),
        _ => All([One(left, model)]),
    };

    private static SiteElement? One(ExpressionSyntax expression, SemanticModel model) => expression switch
    {
        // Without a variable of that name in sight.
        IdentifierNameSyntax { Identifier.ValueText: "_" } when model.GetOperation(expression) is IDiscardOperation => new(string.Empty, string.Empty, string.Empty),
        IdentifierNameSyntax name => new(name.Identifier.ValueText, string.Empty, string.Empty),
        DeclarationExpressionSyntax declaration => One(declaration.Designation, declaration.Type.ToString()),
        _ => null,
    };

    private static SiteElement? One(VariableDesignationSyntax designation, string type) => designation switch
    {
        SingleVariableDesignationSyntax single => new(single.Identifier.ValueText, type, string.Empty),
        DiscardDesignationSyntax => new(string.Empty, string.Empty, string.Empty),
        _ => null,
    };

    private static IReadOnlyList<SiteElement>? All(IEnumerable<SiteElement?> elements)
    {
        SiteElement?[] all = [.. elements];
        return all.Contains(null) ? null : [.. all.Select(element => element!)];
    }
}
