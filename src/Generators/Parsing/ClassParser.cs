using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads an annotated class. The generator takes the spec, the analyzer the findings.</summary>
internal static class ClassParser
{
    // Generated code has collection expressions and passes spans as params.
    private const LanguageVersion OldestLanguage = LanguageVersion.CSharp13;

    // Before it no partial method has a result.
    private const LanguageVersion OldestPartialForward = LanguageVersion.CSharp9;

    /// <summary>The spec is null when there is nothing that could be emitted.</summary>
    public static (ClassSpec? Spec, IReadOnlyList<Finding> Findings) Parse(ClassSymbols symbols)
    {
        var findings = new Findings();
        if (!symbols.IsAnnotated || symbols.Parts.Count == 0)
        {
            return (null, findings.Items);
        }

        var canExtend = CheckClass(symbols, findings);
        var language = CheckLanguage(symbols, findings);
        CheckBodies(symbols, findings);
        var names = new UsedNames(symbols.Type, symbols.Cancellation);
        var forward = symbols.Bodies.Count == 0 || !canExtend ? null : ForwardParser.Parse(symbols, symbols.Bodies[0], names, findings);
        var model = symbols.ModelAttribute is null || symbols.Bodies.Count == 0 ? null : ModelParser.Parse(symbols, names, findings);
        var block = !symbols.IsBlock ? null : BlockParser.Parse(symbols, names, findings);
        var sequence = SequenceParser.Parse(symbols, block, names, findings);
        if (forward is null || !canExtend || language < OldestPartialForward || symbols.SyntaxOf(symbols.Bodies[0])?.Parent is not TypeDeclarationSyntax declaration)
        {
            return (null, findings.Items);
        }

        var spec = new ClassSpec(
            FullName(symbols.Type), symbols.Type.Name, TypeText.InsideOf(symbols.Type), ScopeParser.Declaration(declaration),
            ScopeParser.Parse(declaration, symbols.ModelOf(declaration.SyntaxTree)), forward,
            findings.HasErrors || block is null ? null : block with { Sequence = sequence },
            language >= OldestLanguage && !symbols.Type.IsGenericType && KnownSymbols.IsModule(symbols.Type) ? model : null);
        return (spec, findings.Items);
    }

    // Whether another file can add to the class at all.
    private static bool CheckClass(ClassSymbols symbols, Findings findings)
    {
        var identifier = symbols.Parts[0].Identifier;
        var canExtend = true;
        foreach (var part in symbols.Parts.SelectMany(part => part.AncestorsAndSelf().OfType<TypeDeclarationSyntax>()).Distinct())
        {
            if (!part.Modifiers.Any(SyntaxKind.PartialKeyword))
            {
                findings.Add(Rules.NotPartial, part.Identifier.GetLocation(), part.Identifier.ValueText);
                canExtend = false;
            }
        }

        for (var type = symbols.Type; type is not null; type = type.ContainingType)
        {
            if (type.TypeParameters.Length > 0)
            {
                findings.Add(Rules.RefusedType, identifier.GetLocation(), type.Name, "generic");
            }

            if (type.IsFileLocal)
            {
                findings.Add(Rules.RefusedType, identifier.GetLocation(), type.Name, "local to its file");
                canExtend = false;
            }
        }

        if (!KnownSymbols.IsModule(symbols.Type))
        {
            findings.Add(Rules.NotAModule, identifier.GetLocation(), symbols.Type.Name);
        }

        return canExtend;
    }

    private static LanguageVersion CheckLanguage(ClassSymbols symbols, Findings findings)
    {
        var version = ((CSharpParseOptions)symbols.Parts[0].SyntaxTree.Options).LanguageVersion;
        if (version < OldestLanguage)
        {
            findings.Add(
                Rules.LanguageTooOld, symbols.Parts[0].Identifier.GetLocation(),
                symbols.Type.Name, OldestLanguage.ToDisplayString(), version.ToDisplayString());
        }

        return version;
    }

    private static void CheckBodies(ClassSymbols symbols, Findings findings)
    {
        if (symbols.Bodies.Count == 0)
        {
            findings.Add(Rules.NoCachedForward, symbols.Parts[0].Identifier.GetLocation(), symbols.Type.Name);
            return;
        }

        foreach (var second in symbols.Bodies.Skip(1))
        {
            findings.Add(Rules.SecondCachedForward, second.Locations[0], symbols.Type.Name, symbols.Bodies[0].Name);
        }

        if (symbols is { ModelAttribute: null, IsBlock: false })
        {
            findings.Add(Rules.NothingToCache, symbols.Bodies[0].Locations[0], symbols.Type.Name);
        }
    }

    private static string FullName(INamedTypeSymbol type)
    {
        var name = type.MetadataName;
        for (var outer = type.ContainingType; outer is not null; outer = outer.ContainingType)
        {
            name = $"{outer.MetadataName}+{name}";
        }

        for (var ns = type.ContainingNamespace; ns is { IsGlobalNamespace: false }; ns = ns.ContainingNamespace)
        {
            name = $"{ns.Name}.{name}";
        }

        return name;
    }
}
