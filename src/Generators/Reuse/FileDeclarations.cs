using System.Runtime.CompilerServices;
using System.Text;
using Afterimage.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Reuse;

/// <summary>What one file declares, and the names by which it can reach other files. Read once from its syntax, and kept as long as its tree is.</summary>
internal sealed class FileDeclarations
{
    private static readonly ConditionalWeakTable<SyntaxTree, FileDeclarations> s_all = new();

    private readonly HashSet<string> _types = new(StringComparer.Ordinal);
    private readonly HashSet<string> _namespaces = new(StringComparer.Ordinal);
    private readonly HashSet<string> _mentions = new(StringComparer.Ordinal);
    private readonly List<(string Name, string Target)> _aliases = [];
    private IReadOnlyCollection<string>? _allMentions;

    private FileDeclarations(SyntaxTree tree)
    {
        var root = tree.GetRoot();
        // A file's name, or a comment at its top, may say that it is generated, where types are nullable only on demand.
        var text = new StringBuilder(tree.FilePath).Append(root.GetLeadingTrivia().ToFullString());
        foreach (var part in root.DescendantNodesAndTokensAndSelf(node => !IsBody(node)))
        {
            if (part.AsNode() is { } node)
            {
                Read(node, text);
            }
            else
            {
                Read(part.AsToken(), text);
            }
        }

        Text = text.ToString();
    }

    /// <summary>All that is not inside of a body. Two files of equal text declare the same, however different their bodies are.</summary>
    public string Text { get; }

    /// <summary>The names of its types.</summary>
    public IReadOnlyCollection<string> Types => _types;

    public IReadOnlyCollection<string> Namespaces => _namespaces;

    /// <summary>The names outside of its bodies.</summary>
    public IReadOnlyCollection<string> Mentions => _mentions;

    /// <summary>Its aliases, with the last name of what each stands for.</summary>
    public IReadOnlyList<(string Name, string Target)> Aliases => _aliases;

    /// <summary>Whether it can matter to a file that mentions no type of it: by global usings, extensions, or what the language itself looks for.</summary>
    public bool IsEverywhere { get; private set; }

    /// <summary>Whether our own generator wrote it.</summary>
    public bool IsOurs { get; private set; }

    public static FileDeclarations Of(SyntaxTree tree) => s_all.GetValue(tree, static tree => new FileDeclarations(tree));

    /// <summary>The names in all of it, bodies included.</summary>
    public static IReadOnlyCollection<string> AllMentions(SyntaxTree tree)
    {
        var file = Of(tree);
        return file._allMentions ??= new HashSet<string>(
            tree.GetRoot().DescendantTokens().Where(token => token.IsKind(SyntaxKind.IdentifierToken)).Select(token => token.ValueText), StringComparer.Ordinal);
    }

    // Initializers and attributes hold none that others could see into.
    private static bool IsBody(SyntaxNode node) => node is BlockSyntax or ArrowExpressionClauseSyntax or GlobalStatementSyntax;

    private void Read(SyntaxNode node, StringBuilder text)
    {
        text.Append('\u0001').Append((char)node.RawKind);
        switch (node)
        {
            case TypeDeclarationSyntax type:
                AddType(type.Identifier);
                IsEverywhere |= type is ExtensionBlockDeclarationSyntax;
                IsOurs |= AuthorParts.IsGenerated(type);
                break;
            case BaseTypeDeclarationSyntax type:
                AddType(type.Identifier);
                break;
            case DelegateDeclarationSyntax type:
                AddType(type.Identifier);
                break;
            case BaseNamespaceDeclarationSyntax:
                var name = string.Join(".", node.AncestorsAndSelf().OfType<BaseNamespaceDeclarationSyntax>().Reverse().Select(ns => ns.Name.ToString()));
                _namespaces.Add(name);
                // The compiler knows types of this namespace by heart.
                IsEverywhere |= name == "System" || name.StartsWith("System.", StringComparison.Ordinal);
                break;
            case UsingDirectiveSyntax directive:
                IsEverywhere |= directive.GlobalKeyword.IsKind(SyntaxKind.GlobalKeyword);
                if (directive.Alias is { Name.Identifier.ValueText: var alias })
                {
                    _aliases.AddRange(AsAttribute(alias).Select(name => (name, LastName(directive.NamespaceOrType))));
                }

                break;
            case ParameterSyntax parameter:
                IsEverywhere |= parameter.Modifiers.Any(SyntaxKind.ThisKeyword);
                break;
            case AttributeListSyntax { Parent: CompilationUnitSyntax }:
                IsEverywhere = true;
                break;
            case GlobalStatementSyntax:
                _types.Add("Program");
                ReadNullability(node, text);
                break;
            case BlockSyntax or ArrowExpressionClauseSyntax:
                ReadNullability(node, text);
                break;
        }
    }

    private void Read(SyntaxToken token, StringBuilder text)
    {
        if (token.ContainsDirectives)
        {
            ReadNullability(token.LeadingTrivia, text);
        }

        text.Append(token.IsMissing ? '\u0003' : '\u0002').Append(token.Text);
        if (token.IsKind(SyntaxKind.IdentifierToken))
        {
            _mentions.Add(token.ValueText);
        }
    }

    private void AddType(SyntaxToken identifier) => _types.UnionWith(AsAttribute(identifier.ValueText));

    // One is mentioned with or without the end of its name.
    private static string[] AsAttribute(string name)
    {
        const string Suffix = "Attribute";
        return name.EndsWith(Suffix, StringComparison.Ordinal) ? [name, name[..^Suffix.Length]] : [name];
    }

    // What a directive in a body says goes on after it.
    private static void ReadNullability(SyntaxNode body, StringBuilder text)
    {
        if (body.ContainsDirectives)
        {
            ReadNullability(body.DescendantTrivia(), text);
        }
    }

    private static void ReadNullability(IEnumerable<SyntaxTrivia> trivia, StringBuilder text)
    {
        foreach (var directive in trivia.Where(each => each.IsKind(SyntaxKind.NullableDirectiveTrivia)))
        {
            text.Append('\u0004').Append(directive.ToString().Trim());
        }
    }

    /// <summary>The last name in a qualified one: what an attribute or an alias is called.</summary>
    public static string LastName(SyntaxNode name) => name switch
    {
        QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
        AliasQualifiedNameSyntax qualified => qualified.Name.Identifier.ValueText,
        SimpleNameSyntax simple => simple.Identifier.ValueText,
        _ => string.Empty,
    };
}
