using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Afterimage.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Reuse;

/// <summary>
/// What was read of classes, by the generator or the analyzer. A class is read again when a file is another one whose text was read for it, its own
/// or that of a method that it calls, or when its reach is another one. All is forgotten with the trees.
/// </summary>
internal static class ParsedClasses
{
    private static readonly ConditionalWeakTable<SyntaxTree, ConcurrentDictionary<int, Reading[]>> s_readings = new();
    private static readonly ConditionalWeakTable<Compilation, Compilation> s_authors = new();

    /// <summary>The class that <paramref name="part"/> is a part of, as its author's files alone show it.</summary>
    public static ParsedClass Of(TypeDeclarationSyntax part, Compilation compilation, CancellationToken cancellation)
    {
        var project = ProjectDeclarations.Of(compilation);
        foreach (var reading in ReadingsAt(part))
        {
            if (reading.IsOf(compilation) && reading.Reach.Equals(project.ReachOf(reading.Files)))
            {
                return reading.Class;
            }
        }

        return Read(part, compilation, project, cancellation);
    }

    private static ParsedClass Read(TypeDeclarationSyntax part, Compilation compilation, ProjectDeclarations project, CancellationToken cancellation)
    {
        var authors = WithoutOurs(compilation);
        if (authors.GetSemanticModel(part.SyntaxTree).GetDeclaredSymbol(part, cancellation) is not { } type)
        {
            return new ParsedClass(null, [], null);
        }

        var symbols = ClassSymbols.Of(type, authors, cancellation);
        var (spec, findings) = ClassParser.Parse(symbols);
        var parsed = new ParsedClass(spec, findings, symbols.Bodies.FirstOrDefault()?.Locations[0]);
        SyntaxTree[] files = [.. symbols.Parts.Select(each => each.SyntaxTree).Append(part.SyntaxTree).Concat(symbols.AlsoRead).Distinct()];
        var reading = new Reading(files, project.ReachOf(files), parsed);
        foreach (var each in symbols.Parts)
        {
            // The compilation of a generator and that of an analyzer differ where other generators add to it.
            var other = ReadingsAt(each).FirstOrDefault(other => other.IsOf(compilation));
            s_readings.GetOrCreateValue(each.SyntaxTree)[each.SpanStart] = other is null ? [reading] : [reading, other];
        }

        return parsed;
    }

    private static Reading[] ReadingsAt(TypeDeclarationSyntax part) =>
        s_readings.TryGetValue(part.SyntaxTree, out var file) && file.TryGetValue(part.SpanStart, out var readings) ? readings : [];

    // An analyzer gets our files, and is to judge what they were made from.
    private static Compilation WithoutOurs(Compilation compilation)
    {
        SyntaxTree[] ours = [.. compilation.SyntaxTrees.Where(tree => FileDeclarations.Of(tree).IsOurs)];
        return ours.Length == 0 ? compilation : s_authors.GetValue(compilation, all => all.RemoveSyntaxTrees(ours));
    }

    /// <param name="Files">Whose text was read.</param>
    /// <param name="Reach">What these files can reach.</param>
    /// <param name="Class">What was found.</param>
    private sealed record Reading(SyntaxTree[] Files, Reach Reach, ParsedClass Class)
    {
        public bool IsOf(Compilation compilation) => Files.All(compilation.ContainsSyntaxTree);
    }
}
