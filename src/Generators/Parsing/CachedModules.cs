using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Parsing;

/// <summary>The classes of a project that run in a cached forward: those that have one, and the modules that they hold.</summary>
internal static class CachedModules
{
    public static HashSet<INamedTypeSymbol> Of(Compilation compilation) =>
        Reachable(TypesIn(compilation.Assembly.GlobalNamespace).Where(type => Annotations.PartsOf(type, default).Count > 0 && Annotations.HasCachedForward(type)), compilation.Assembly);

    /// <summary>Whether a type is a module that has a cached forward, or holds one that has.</summary>
    public static bool AreIn(ITypeSymbol? type, IAssemblySymbol assembly) =>
        KnownSymbols.IsModule(type) && Reachable(Named(type!).Where(named => IsModuleOf(named, assembly)).Select(named => named.OriginalDefinition), assembly).Any(Annotations.HasCachedForward);

    private static HashSet<INamedTypeSymbol> Reachable(IEnumerable<INamedTypeSymbol> from, IAssemblySymbol assembly)
    {
        var found = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        var open = new Stack<INamedTypeSymbol>(from);
        while (open.Count > 0)
        {
            var type = open.Pop();
            if (!found.Add(type))
            {
                continue;
            }

            foreach (var held in type.GetMembers().SelectMany(HeldBy).Concat(type.BaseType is { } parent ? Named(parent) : []))
            {
                if (IsModuleOf(held, assembly))
                {
                    open.Push(held.OriginalDefinition);
                }
            }
        }

        return found;
    }

    private static bool IsModuleOf(INamedTypeSymbol type, IAssemblySymbol assembly) =>
        KnownSymbols.IsModule(type) && SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, assembly);

    private static IEnumerable<INamedTypeSymbol> HeldBy(ISymbol member) => member switch
    {
        IFieldSymbol field => Named(field.Type),
        IPropertySymbol property => Named(property.Type),
        _ => [],
    };

    // A type, and what it is of: a list of blocks holds blocks.
    private static IEnumerable<INamedTypeSymbol> Named(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => Named(array.ElementType),
        INamedTypeSymbol named => named.TypeArguments.SelectMany(Named).Prepend(named),
        _ => [],
    };

    private static IEnumerable<INamedTypeSymbol> TypesIn(INamespaceOrTypeSymbol container) => container.GetMembers().SelectMany(member => member switch
    {
        INamespaceSymbol space => TypesIn(space),
        INamedTypeSymbol type => TypesIn(type).Prepend(type),
        _ => [],
    });
}
