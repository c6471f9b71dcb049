using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads what makes a block a site as a whole.</summary>
internal static class OutputParser
{
    public static OutputSpec? Parse(ClassSymbols symbols, IMethodSymbol body, UsedNames names, Findings findings)
    {
        if (symbols.OutputAttribute is not { } attribute)
        {
            return null;
        }

        var location = attribute.ApplicationSyntaxReference?.GetSyntax(symbols.Cancellation).GetLocation() ?? symbols.Parts[0].Identifier.GetLocation();
        if (symbols.ModelAttribute is not null)
        {
            findings.Add(Rules.BlockOutputForm, location, symbols.Type.Name, "is a model, which is a site as a whole where a parameter is marked [Latents]");
            return null;
        }

        if (KnownSymbols.TensorsOf(body.ReturnType) is not { } tensors)
        {
            findings.Add(Rules.BlockOutputForm, location, symbols.Type.Name, $"returns '{body.ReturnType.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)}'");
            return null;
        }

        return new OutputSpec(
            tensors.Select((_, index) => KnownSymbols.IsTensor(body.ReturnType) ? string.Empty : FormattableString.Invariant($".Item{index + 1}")).ToEquatableArray(),
            names.Reserve("_outputSlot"), names.Reserve("_inner"), names.Reserve("s_outputs"), names.Reserve("ForwardKeepOutput"), names.Reserve("ForwardTakeOutput"),
            UsedNames.Among(body).Reserve("result"));
    }
}
