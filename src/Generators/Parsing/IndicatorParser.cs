using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads the method that tells what has changed since the forward before.</summary>
internal static class IndicatorParser
{
    public static IndicatorSpec? Parse(ClassSymbols symbols, IMethodSymbol body, Findings findings)
    {
        var first = default(IMethodSymbol);
        foreach (var method in symbols.Type.GetMembers().OfType<IMethodSymbol>().Where(method => KnownSymbols.HasAttribute(method, "ChangeIndicatorAttribute")))
        {
            if (Obstacle(method, body, first) is { } obstacle)
            {
                findings.Add(Rules.ChangeIndicatorForm, method.Locations[0], method.Name, obstacle);
            }
            else
            {
                first = method;
            }
        }

        return first is null ? null : new IndicatorSpec(first.Name, first.Parameters.Select(parameter => Argument(parameter, body)).ToEquatableArray());
    }

    private static string? Obstacle(IMethodSymbol method, IMethodSymbol body, IMethodSymbol? first) =>
        first is not null ? $"is a second one beside '{first.Name}'"
        : method.TypeParameters.Length > 0 ? "is generic"
        : KnownSymbols.TensorsOf(method.ReturnType) is not [_] ? $"returns '{method.ReturnType.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)}' and not a Tensor"
        : method.Parameters.FirstOrDefault(parameter => Argument(parameter, body) < 0) is { } unknown
            ? $"has a parameter '{unknown.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)}' that is none of '{body.Name}'"
        : null;

    private static int Argument(IParameterSymbol parameter, IMethodSymbol body) => body.Parameters.FirstOrDefault(argument =>
        parameter.RefKind == RefKind.None && argument.Name == parameter.Name && SymbolEqualityComparer.IncludeNullability.Equals(argument.Type, parameter.Type))?.Ordinal ?? -1;
}
