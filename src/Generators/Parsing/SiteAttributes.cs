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
            var member = FindMember(symbols.Type, name);
            if (member is null)
            {
                findings.Add(Rules.NoSuchMember, location, symbols.Type.Name, name);
            }
            else if (KnownSymbols.SiteKindOf(attribute) == KnownSymbols.BlockStack)
            {
                AddStack(symbols, new SiteSymbol(member, KnownSymbols.BlockStack, location), sites, findings);
            }
            else if (!IsModuleWithForward(TypeOf(member)))
            {
                findings.Add(Rules.MemberNotAModule, location, name, TypeOf(member)!.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
            }
            else if (sites.Any(site => site.Member.Name == name))
            {
                findings.Add(Rules.SameMemberTwice, location, name);
            }
            else
            {
                Add(symbols, new SiteSymbol(member, KnownSymbols.SiteKindOf(attribute)!, location), sites, findings);
            }
        }

        return sites;
    }

    private static void AddStack(ClassSymbols symbols, SiteSymbol stack, List<SiteSymbol> sites, Findings findings)
    {
        var name = stack.Member.Name;
        if (symbols.ModelAttribute is null)
        {
            findings.Add(Rules.StackOutsideModel, stack.Location, symbols.Type.Name);
        }
        else if (!KnownSymbols.IsModuleList(TypeOf(stack.Member)))
        {
            findings.Add(Rules.StackMember, stack.Location, name, TypeOf(stack.Member)!.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
        }
        else if (sites.Any(site => site.Member.Name == name))
        {
            findings.Add(Rules.SameMemberTwice, stack.Location, name);
        }
        else
        {
            Add(symbols, stack, sites, findings);
        }
    }

    private static void Add(ClassSymbols symbols, SiteSymbol site, List<SiteSymbol> sites, Findings findings)
    {
        sites.Add(site);
        if (sites.Count == MostSites + 1)
        {
            findings.Add(Rules.TooManySites, site.Location, symbols.Type.Name);
        }
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
