using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>A member marked as a site, and the one call of it or loop over it.</summary>
/// <param name="Member">The field or property.</param>
/// <param name="Kind">The member of <c>SiteKind</c>.</param>
/// <param name="Location">Where the attribute names it.</param>
internal sealed record SiteSymbol(ISymbol Member, string Kind, Location Location)
{
    /// <summary>Whether it is a list of blocks, which a loop runs.</summary>
    public bool IsStack => Kind == "BlockStack";

    /// <summary>The call, once it is found; a stack has none.</summary>
    public InvocationExpressionSyntax? Call { get; set; }

    /// <summary>The statement that is nothing but the call, or the loop.</summary>
    public StatementSyntax? Statement { get; set; }
}
