using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Reuse;

/// <summary>
/// What the files of one compilation declare, those that we generated left out: a compilation with them and the one that they were made from
/// declare the same. Holds no compilation, tree or symbol.
/// </summary>
internal sealed class ProjectDeclarations
{
    private static readonly ConditionalWeakTable<Compilation, ProjectDeclarations> s_all = new();

    private readonly FileDeclarations[] _files;
    private readonly int[]?[] _mentioned;
    private readonly Dictionary<string, List<int>> _declaring = new(StringComparer.Ordinal);
    private readonly Surroundings _surroundings;
    private readonly Lazy<HashSet<string>> _markNames;

    private ProjectDeclarations(Compilation compilation)
    {
        _files = [.. compilation.SyntaxTrees.Select(FileDeclarations.Of).Where(file => !file.IsOurs)];
        _mentioned = new int[]?[_files.Length];
        for (var i = 0; i < _files.Length; i++)
        {
            foreach (var type in _files[i].Types)
            {
                if (!_declaring.TryGetValue(type, out var declaring))
                {
                    _declaring[type] = declaring = [];
                }

                declaring.Add(i);
            }
        }

        _surroundings = new Surroundings(
            compilation.AssemblyName,
            compilation.Options,
            [.. compilation.References.SelectMany(Identify)],
            [.. _files.SelectMany(file => file.Namespaces).Distinct().OrderBy(name => name, StringComparer.Ordinal)],
            [.. Reached(Enumerable.Range(0, _files.Length).Where(i => _files[i].IsEverywhere))]);
        _markNames = new(MarkNames);
    }

    public static ProjectDeclarations Of(Compilation compilation) => s_all.GetValue(compilation, static compilation => new ProjectDeclarations(compilation));

    /// <summary>All that the meaning of these files can depend on beside themselves: every file that they can reach by names, and what all files share.</summary>
    public Reach ReachOf(IEnumerable<SyntaxTree> files) => new(_surroundings, [.. Reached(files.SelectMany(file => Declaring(FileDeclarations.AllMentions(file))))]);

    /// <summary>Whether an attribute may be [CachedForward], under its own name or by an alias.</summary>
    public bool MayMarkBody(AttributeSyntax attribute) => _markNames.Value.Contains(FileDeclarations.LastName(attribute.Name));

    // In the order of the files, which is that of a class's parts.
    private IEnumerable<FileDeclarations> Reached(IEnumerable<int> from)
    {
        var reached = new SortedSet<int>();
        var open = new Stack<int>(from);
        while (open.Count > 0)
        {
            var file = open.Pop();
            if (reached.Add(file))
            {
                foreach (var other in _mentioned[file] ??= [.. Declaring(_files[file].Mentions).Distinct()])
                {
                    open.Push(other);
                }
            }
        }

        return reached.Select(file => _files[file]);
    }

    private IEnumerable<int> Declaring(IEnumerable<string> names) =>
        names.SelectMany(name => _declaring.TryGetValue(name, out var declaring) ? declaring : (IEnumerable<int>)[]);

    // What we generated for another project is there to be seen.
    private static IEnumerable<object> Identify(MetadataReference reference) => reference is CompilationReference { Compilation: var project }
        ? [reference.Properties, Of(project), .. project.SyntaxTrees.Select(FileDeclarations.Of).Where(file => file.IsOurs).Select(file => file.Text)]
        : [reference];

    private HashSet<string> MarkNames()
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { "CachedForward", "CachedForwardAttribute" };
        var aliases = _files.SelectMany(file => file.Aliases).ToArray();
        int before;
        do
        {
            // An alias may stand for another one.
            before = names.Count;
            names.UnionWith(aliases.Where(alias => names.Contains(alias.Target)).Select(alias => alias.Name));
        }
        while (names.Count != before);
        return names;
    }

    public override bool Equals(object? obj) =>
        ReferenceEquals(this, obj)
        || (obj is ProjectDeclarations other && _surroundings.Equals(other._surroundings) && Reach.AreSame(_files, other._files));

    public override int GetHashCode() => _files.Length;
}
