using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Afterimage.Generators.Parsing;

/// <summary>Finds names for generated members that nothing in the author's class could mean.</summary>
internal sealed class UsedNames
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public UsedNames(INamedTypeSymbol type, CancellationToken cancellation)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            _names.UnionWith(current.MemberNames);
        }

        // Whatever the author calls by its simple name would be hidden by a member of that name.
        foreach (var part in AuthorParts.Of(type, cancellation))
        {
            _names.UnionWith(part.DescendantTokens().Where(token => token.IsKind(SyntaxKind.IdentifierToken)).Select(token => token.ValueText));
        }
    }

    private UsedNames(IEnumerable<string> names) => _names.UnionWith(names);

    /// <summary>For parameters and locals of generated methods, which hide only what those methods use.</summary>
    public static UsedNames Among(IMethodSymbol body, params string[] others) =>
        new(body.Parameters.Select(parameter => parameter.Name).Append(body.Name).Concat(others));

    /// <summary>The name itself if it is free, else the name with the first number that makes it so.</summary>
    public string Reserve(string name)
    {
        var candidate = name;
        for (var i = 1; !_names.Add(candidate); i++)
        {
            candidate = FormattableString.Invariant($"{name}{i}");
        }

        return candidate;
    }
}
