using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Finds the one call of each site or loop over it, and every use beside that.</summary>
internal static class SiteUses
{
    public static void Find(ClassSymbols symbols, IReadOnlyList<SiteSymbol> sites, MethodDeclarationSyntax body, Findings findings)
    {
        foreach (var part in symbols.Parts)
        {
            var mentions = part.DescendantNodes()
                .OfType<IdentifierNameSyntax>()
                .Where(name => sites.Any(site => site.Member.Name == name.Identifier.ValueText) && !IsAllowed(name));
            foreach (var name in mentions)
            {
                var symbol = symbols.ModelOf(name.SyntaxTree).GetSymbolInfo(name, symbols.Cancellation).Symbol;
                var site = sites.FirstOrDefault(candidate => SymbolEqualityComparer.Default.Equals(candidate.Member, symbol));
                if (site is { IsStack: true })
                {
                    StackUses.Note(site, sites, name, body, findings);
                }
                else if (site is not null)
                {
                    Note(site, name, body, findings);
                }
            }
        }

        foreach (var site in sites.Where(site => !site.IsStack && site.Call is null))
        {
            findings.Add(Rules.SiteNotCalled, site.Location, body.Identifier.ValueText, site.Member.Name);
        }

        StackUses.CheckFound(sites, body, findings);
    }

    private static void Note(SiteSymbol site, IdentifierNameSyntax name, MethodDeclarationSyntax body, Findings findings)
    {
        var call = CallOf(name);
        if (call is null || !body.Span.Contains(call.Span))
        {
            findings.Add(Rules.SiteUsedElsewhere, name.GetLocation(), site.Member.Name);
        }
        else if (site.Call is not null)
        {
            findings.Add(Rules.SiteCalledTwice, name.GetLocation(), site.Member.Name);
        }
        else
        {
            site.Call = call;
            if (BranchAround(call, body) is { } branch)
            {
                findings.Add(Rules.SiteInBranch, name.GetLocation(), site.Member.Name, branch);
            }
            else if (StatementOf(call, body) is { } statement)
            {
                site.Statement = statement;
            }
            else
            {
                findings.Add(Rules.SiteForm, name.GetLocation(), site.Member.Name);
            }
        }
    }

    // In the constructor it is made; nameof reads nothing, and attributes hold nothing else. An indicator is asked before the body.
    private static bool IsAllowed(IdentifierNameSyntax name) => name.Ancestors().Any(ancestor => ancestor switch
    {
        ConstructorDeclarationSyntax or AttributeSyntax => true,
        MethodDeclarationSyntax method => method.AttributeLists.Any(list => list.Attributes.Any(IsChangeIndicator)),
        InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "nameof" } } => true,
        _ => false,
    });

    private static bool IsChangeIndicator(AttributeSyntax attribute) =>
        attribute.Name.DescendantTokens().Last().ValueText is "ChangeIndicator" or "ChangeIndicatorAttribute";

    private static InvocationExpressionSyntax? CallOf(IdentifierNameSyntax name)
    {
        ExpressionSyntax access = name.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } own ? own : name;
        while (access.Parent is ParenthesizedExpressionSyntax or PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression })
        {
            access = (ExpressionSyntax)access.Parent;
        }

        return access.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "forward" or "call", Parent: InvocationExpressionSyntax call } method
            && method.Expression == access
            ? call
            : null;
    }

    private static string? BranchAround(SyntaxNode call, MethodDeclarationSyntax body)
    {
        for (var (node, inner) = (call.Parent, call); node is not null && node != body; (node, inner) = (node.Parent, node))
        {
            var found = node switch
            {
                AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax => "a function of its own",
                ForStatementSyntax or CommonForEachStatementSyntax or WhileStatementSyntax or DoStatementSyntax => "a loop",
                IfStatementSyntax or SwitchStatementSyntax or SwitchExpressionArmSyntax or TryStatementSyntax => "a branch",
                ConditionalExpressionSyntax conditional when conditional.Condition != inner => "a branch",
                BinaryExpressionSyntax binary when binary.Right == inner
                    && binary.Kind() is SyntaxKind.CoalesceExpression or SyntaxKind.LogicalAndExpression or SyntaxKind.LogicalOrExpression => "a branch",
                AssignmentExpressionSyntax assignment when assignment.IsKind(SyntaxKind.CoalesceAssignmentExpression) => "a branch",
                ConditionalAccessExpressionSyntax access when access.Expression != inner => "a branch",
                BlockSyntax when node != body.Body => "a nested block",
                UsingStatementSyntax or LockStatementSyntax or CheckedStatementSyntax => "a nested block",
                _ => null,
            };
            if (found is not null)
            {
                return found;
            }
        }

        return null;
    }

    private static StatementSyntax? StatementOf(InvocationExpressionSyntax call, MethodDeclarationSyntax body)
    {
        StatementSyntax? statement = call.Parent switch
        {
            EqualsValueClauseSyntax
            {
                Parent: VariableDeclaratorSyntax
                {
                    Parent: VariableDeclarationSyntax { Variables.Count: 1, Parent: LocalDeclarationStatementSyntax local },
                },
            } => local,
            AssignmentExpressionSyntax { Parent: ExpressionStatementSyntax expression } assignment
                when assignment.IsKind(SyntaxKind.SimpleAssignmentExpression) => expression,
            _ => null,
        };
        return statement is not null && statement.Parent == body.Body ? statement : null;
    }
}
