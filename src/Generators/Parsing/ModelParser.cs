using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads what makes a class a cacheable model. Where it has no sites its body is called as it is, and may contain anything.</summary>
internal static class ModelParser
{
    public static ModelSpec? Parse(ClassSymbols symbols, UsedNames names, Findings findings)
    {
        var body = symbols.Bodies[0];
        if (!KnownSymbols.IsTensor(body.ReturnType))
        {
            var location = symbols.SyntaxOf(body)?.ReturnType.GetLocation() ?? body.Locations[0];
            findings.Add(Rules.ModelReturnType, location, body.Name, body.ReturnType.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
            return null;
        }

        if (body.IsStatic)
        {
            findings.Add(Rules.RefusedConstruct, body.Locations[0], "A static method", body.Name);
            return null;
        }

        var tensors = Tensors(body).ToEquatableArray();
        var indicator = IndicatorParser.Parse(symbols, body, findings);
        return new ModelSpec(
            GuidanceLayout(symbols.ModelAttribute!),
            Tensors(symbols, body, "GuidanceBatchAttribute", Rules.GuidanceBatchType, findings).ToEquatableArray(), tensors,
            Latents(symbols, body, tensors, findings),
            Tensors(symbols, body, "PromptAttribute", Rules.PromptParameter, findings).Select(parameter => tensors.ToList().IndexOf(parameter)).ToEquatableArray(),
            indicator,
            Overrides(symbols.Type, "_toEpilog", 3), Overrides(symbols.Type, "Dispose", 1),
            new ModelNames(
                names.Reserve("s_selected"), names.Reserve("s_cached"), names.Reserve("_cache"), names.Reserve("_forward"),
                names.Reserve("ForwardCached"), UsedNames.Among(body, indicator?.Name ?? string.Empty).Reserve("step"), UsedNames.Among(body).Reserve("result")));
    }

    private static string GuidanceLayout(AttributeData attribute) =>
        attribute.ConstructorArguments is [{ Type: INamedTypeSymbol type, Value: { } value }]
        && type.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(field => Equals(field.ConstantValue, value)) is { } member
            ? member.Name
            : "Batched";

    private static IEnumerable<int> Tensors(IMethodSymbol body) =>
        body.Parameters.Where(parameter => KnownSymbols.IsTensor(parameter.Type)).Select(parameter => parameter.Ordinal);

    private static List<int> Tensors(ClassSymbols symbols, IMethodSymbol body, string attribute, DiagnosticDescriptor noTensor, Findings findings)
    {
        var marked = new SortedSet<int>();
        foreach (var parameter in Marked(symbols, body, attribute))
        {
            if (KnownSymbols.IsTensor(parameter.Type))
            {
                marked.Add(parameter.Ordinal);
            }
            else
            {
                findings.Add(
                    noTensor, parameter.Locations[0], parameter.Name,
                    parameter.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
            }
        }

        return [.. marked];
    }

    private static int Latents(ClassSymbols symbols, IMethodSymbol body, EquatableArray<int> tensors, Findings findings)
    {
        var found = default(IParameterSymbol);
        foreach (var parameter in Marked(symbols, body, "LatentsAttribute"))
        {
            if (KnownSymbols.TensorsOf(parameter.Type) is not [_])
            {
                findings.Add(
                    Rules.LatentsParameter, parameter.Locations[0], parameter.Name,
                    $"is a '{parameter.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)}'");
            }
            else if (found is not null && found.Ordinal != parameter.Ordinal)
            {
                findings.Add(Rules.LatentsParameter, parameter.Locations[0], parameter.Name, $"is a second one beside '{found.Name}'");
            }
            else
            {
                found = parameter;
            }
        }

        return found is null ? -1 : tensors.ToList().IndexOf(found.Ordinal);
    }

    // The annotation may be on either method; authors put it where the documentation is.
    private static IEnumerable<IParameterSymbol> Marked(ClassSymbols symbols, IMethodSymbol body, string attribute)
    {
        var forward = ForwardParser.Find(symbols.Type, body);
        return (forward is null ? [body] : new[] { forward, body })
            .SelectMany(method => method.Parameters)
            .Where(parameter => KnownSymbols.HasAttribute(parameter, attribute));
    }

    private static bool Overrides(INamedTypeSymbol type, string name, int parameters) =>
        type.GetMembers(name).OfType<IMethodSymbol>().Any(method =>
            method is { IsOverride: true } && method.Parameters.Length == parameters
            && method.DeclaringSyntaxReferences.Any(reference => AuthorParts.Of(type, default).Contains(reference.GetSyntax().Parent as TypeDeclarationSyntax)));
}
