using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>An annotated class as the compiler sees it: what the parsers of its parts share.</summary>
internal sealed class ClassSymbols
{
    private readonly Dictionary<SyntaxTree, SemanticModel> _models = [];

    private ClassSymbols(INamedTypeSymbol type, Compilation compilation, CancellationToken cancellation)
    {
        Type = type;
        Compilation = compilation;
        Cancellation = cancellation;
        Parts = [.. AuthorParts.Of(type, cancellation)];
        SiteAttributes = [.. type.GetAttributes().Where(attribute => KnownSymbols.SiteKindOf(attribute) is not null)];
        SequenceAttributes =
        [
            .. type.GetAttributes().Where(attribute =>
                attribute.AttributeClass is { Name: "SequenceParallelAttribute" or "SequencePositionsAttribute" } of && KnownSymbols.IsOurs(of)),
        ];
        OutputAttribute = KnownSymbols.FindAttribute(type, "BlockOutputAttribute");
        ModelAttribute = KnownSymbols.FindAttribute(type, "CacheableModelAttribute");
        Bodies =
        [
            .. type.GetMembers().OfType<IMethodSymbol>()
                .Where(method => KnownSymbols.HasAttribute(method, "CachedForwardAttribute"))
                .OrderBy(method => method.Locations[0].SourceTree?.FilePath, StringComparer.Ordinal)
                .ThenBy(method => method.Locations[0].SourceSpan.Start),
        ];
    }

    public INamedTypeSymbol Type { get; }

    private Compilation Compilation { get; }

    public CancellationToken Cancellation { get; }

    public IReadOnlyList<TypeDeclarationSyntax> Parts { get; }

    public IReadOnlyList<AttributeData> SiteAttributes { get; }

    /// <summary>Those that name sequences, and what goes with them.</summary>
    public IReadOnlyList<AttributeData> SequenceAttributes { get; }

    /// <summary>Set where the block is a site as a whole.</summary>
    public AttributeData? OutputAttribute { get; }

    public AttributeData? ModelAttribute { get; }

    /// <summary>The methods marked <c>[CachedForward]</c>; the first counts.</summary>
    public IReadOnlyList<IMethodSymbol> Bodies { get; }

    /// <summary>Whether the class has sites.</summary>
    public bool IsBlock => SiteAttributes.Count > 0 || OutputAttribute is not null;

    public bool IsAnnotated => IsBlock || SequenceAttributes.Count > 0 || ModelAttribute is not null || Bodies.Count > 0;

    /// <summary>The files beside its own whose methods were looked into for it, so far.</summary>
    public IEnumerable<SyntaxTree> AlsoRead => _models.Values.SelectMany(CalleeMemory.FilesReadFor);

    public static ClassSymbols Of(INamedTypeSymbol type, Compilation compilation, CancellationToken cancellation) => new(type, compilation, cancellation);

    /// <summary>The one semantic model of a file: each binds what it is asked about for itself.</summary>
    public SemanticModel ModelOf(SyntaxTree tree)
    {
        if (!_models.TryGetValue(tree, out var model))
        {
            _models[tree] = model = Compilation.GetSemanticModel(tree);
        }

        return model;
    }

    /// <summary>A file's path as the build maps it, for #line: the same on every machine. Empty if a directive cannot hold it.</summary>
    public string PathOf(SyntaxTree tree)
    {
        var path = Compilation.Options.SourceReferenceResolver?.NormalizePath(tree.FilePath, baseFilePath: null) ?? tree.FilePath;
        return path.Any(each => each == '"' || SyntaxFacts.IsNewLine(each)) ? string.Empty : path;
    }

    /// <summary>The part of a method that has the body, or its only one.</summary>
    public MethodDeclarationSyntax? SyntaxOf(IMethodSymbol method) =>
        (method.PartialImplementationPart ?? method).DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(Cancellation) as MethodDeclarationSyntax;
}
