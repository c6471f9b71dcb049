using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Finds calls that the compiler tells the name of the method around them: a variant has another one than the body.</summary>
internal static class CallerNames
{
    public static void Check(IEnumerable<ParsedStatement> statements, Findings findings)
    {
        foreach (var argument in statements.SelectMany(statement => statement.Operation?.Descendants().OfType<IArgumentOperation>() ?? []))
        {
            if (argument is { ArgumentKind: ArgumentKind.DefaultValue, Parameter: { } parameter, Parent: { } call } && IsCallerName(parameter))
            {
                var name = call.Syntax is InvocationExpressionSyntax invocation ? StatementParser.NameOf(invocation.Expression).Identifier : call.Syntax.GetFirstToken();
                var body = call.Syntax.FirstAncestorOrSelf<MethodDeclarationSyntax>()!.Identifier.ValueText;
                findings.Add(Rules.CallerName, name.GetLocation(), name.ValueText, body, parameter.Name);
            }
        }
    }

    private static bool IsCallerName(IParameterSymbol parameter) =>
        parameter.GetAttributes().Any(attribute => attribute.AttributeClass is
        {
            Name: "CallerMemberNameAttribute",
            ContainingNamespace: { Name: "CompilerServices", ContainingNamespace: { Name: "Runtime", ContainingNamespace.Name: "System" } },
        });
}
