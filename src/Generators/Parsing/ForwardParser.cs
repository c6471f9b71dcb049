using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Finds the partial <c>forward</c> that goes with a body.</summary>
internal static class ForwardParser
{
    public static ForwardSpec? Parse(ClassSymbols symbols, IMethodSymbol body, UsedNames names, Findings findings)
    {
        var syntax = symbols.SyntaxOf(body);
        var forward = Find(symbols.Type, body);
        if (forward is null || syntax is null)
        {
            findings.Add(Rules.NoPartialForward, body.Locations[0], symbols.Type.Name, body.Name);
            return null;
        }

        foreach (var parameter in body.Parameters.Where(parameter => parameter.RefKind != RefKind.None))
        {
            findings.Add(Rules.RefusedConstruct, parameter.Locations[0], "A parameter passed by reference", body.Name);
        }

        if (forward.DeclaringSyntaxReferences[0].GetSyntax(symbols.Cancellation) is not MethodDeclarationSyntax definition
            || forward.TypeParameters.Length > 0 || body.Parameters.Any(parameter => parameter.RefKind != RefKind.None))
        {
            return null;
        }

        return new ForwardSpec(
            string.Join(" ", definition.Modifiers.Select(modifier => modifier.ValueText)),
            TypeText.Of(definition.ReturnType, forward.ReturnType, syntax.SyntaxTree),
            Parameters(forward, definition, syntax.SyntaxTree),
            new DelegateNames(
                names.Reserve(symbols.IsBlock ? "Variant" : "Forward"), names.Reserve("s_uncached"),
                UsedNames.Among(body).Reserve(symbols.ModelAttribute is null ? "block" : "model")),
            new MethodSpec(body.Name, TypeText.Of(syntax.ReturnType, body.ReturnType, syntax.SyntaxTree), Parameters(body, syntax, syntax.SyntaxTree)));
    }

    /// <summary>The partial definition with a body's signature.</summary>
    public static IMethodSymbol? Find(INamedTypeSymbol type, IMethodSymbol body) =>
        type.GetMembers("forward").OfType<IMethodSymbol>().FirstOrDefault(method =>
            method.IsPartialDefinition
            && SymbolEqualityComparer.Default.Equals(method.ReturnType, body.ReturnType)
            && method.Parameters.Select(parameter => parameter.Type)
                .SequenceEqual(body.Parameters.Select(parameter => parameter.Type), SymbolEqualityComparer.Default));

    private static EquatableArray<ParameterSpec> Parameters(IMethodSymbol method, MethodDeclarationSyntax syntax, SyntaxTree usings) =>
        method.Parameters.Zip(syntax.ParameterList.Parameters, (parameter, declared) => new ParameterSpec(
            parameter.IsParams ? "params" : string.Empty,
            TypeText.Of(declared.Type, parameter.Type, usings),
            declared.Identifier.Text)).ToEquatableArray();
}
