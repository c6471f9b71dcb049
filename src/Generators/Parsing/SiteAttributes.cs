using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads which members are sites.</summary>
internal static class SiteAttributes
{
    private const int MostSites = 3;

    public static List<SiteSymbol> Parse(ClassSymbols symbols, Findings findings)
    {
        var sites = new List<SiteSymbol>();
        foreach (var attribute in symbols.SiteAttributes)
        {
            var location = LocationOf(attribute, symbols);
            var name = attribute.ConstructorArguments.FirstOrDefault().Value as string ?? string.Empty;
            if (FindMember(symbols.Type, name) is not { } member)
            {
                findings.Add(Rules.NoSuchMember, location, symbols.Type.Name, name);
                continue;
            }

            var site = new SiteSymbol(member, KnownSymbols.SiteKindOf(attribute)!, location);
            if (site.IsStack && symbols.ModelAttribute is null)
            {
                findings.Add(Rules.StackOutsideModel, location, name, symbols.Type.Name);
            }
            else if (site.IsStack ? !IsModuleList(TypeOf(member)) : !IsModuleWithForward(TypeOf(member)))
            {
                findings.Add(
                    site.IsStack ? Rules.StackNotAList : Rules.MemberNotAModule, location,
                    name, TypeOf(member)!.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
            }
            else if (sites.Any(other => other.Member.Name == name))
            {
                findings.Add(Rules.SameMemberTwice, location, name);
            }
            else
            {
                sites.Add(site);
                if (sites.Count == MostSites + 1)
                {
                    findings.Add(Rules.TooManySites, location, symbols.Type.Name);
                }
            }
        }

        return sites;
    }

    private static Location LocationOf(AttributeData attribute, ClassSymbols symbols)
    {
        var syntax = attribute.ApplicationSyntaxReference?.GetSyntax(symbols.Cancellation) as AttributeSyntax;
        return (syntax?.ArgumentList?.Arguments.FirstOrDefault() as SyntaxNode ?? syntax)?.GetLocation() ?? symbols.Parts[0].Identifier.GetLocation();
    }

    private static ISymbol? FindMember(INamedTypeSymbol type, string name)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.GetMembers(name).FirstOrDefault(member => member is IFieldSymbol or IPropertySymbol { IsIndexer: false }) is { } member)
            {
                return member;
            }
        }

        return null;
    }

    /// <summary>The type of a field or property.</summary>
    public static ITypeSymbol? TypeOf(ISymbol member) => (member as IFieldSymbol)?.Type ?? (member as IPropertySymbol)?.Type;

    /// <summary>Whether a type is a module that can be gone through, and gives modules.</summary>
    public static bool IsModuleList(ITypeSymbol? type) => KnownSymbols.IsModule(type) && type!.AllInterfaces.Any(each =>
        each is { OriginalDefinition.SpecialType: SpecialType.System_Collections_Generic_IEnumerable_T, TypeArguments: [var block] } && KnownSymbols.IsModule(block));

    private static bool IsModuleWithForward(ITypeSymbol? type)
    {
        if (!KnownSymbols.IsModule(type))
        {
            return false;
        }

        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.GetMembers("forward").Length > 0)
            {
                return true;
            }
        }

        return false;
    }
}
