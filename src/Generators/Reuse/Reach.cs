using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Reuse;

/// <summary>What the meaning of some files depends on beside their own text. Equal reaches give the same files the same meaning.</summary>
/// <param name="Surroundings">What all files of the project share.</param>
/// <param name="Files">The files that they can reach.</param>
internal sealed record Reach(Surroundings Surroundings, IReadOnlyList<FileDeclarations> Files)
{
    public bool Equals(Reach? other) => other is not null && AreSame(Files, other.Files) && Surroundings.Equals(other.Surroundings);

    public override int GetHashCode() => Files.Count;

    /// <summary>Whether files declare the same, whatever is in their bodies.</summary>
    public static bool AreSame(IReadOnlyList<FileDeclarations> files, IReadOnlyList<FileDeclarations> others)
    {
        if (files.Count != others.Count)
        {
            return false;
        }

        for (var i = 0; i < files.Count; i++)
        {
            if (files[i] != others[i] && files[i].Text != others[i].Text)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>What all files of a project share.</summary>
/// <param name="AssemblyName">Which decides what other assemblies show it.</param>
/// <param name="Options">Of the compilation.</param>
/// <param name="References">Assemblies by their identity; other projects by their options and by what they declare.</param>
/// <param name="Namespaces">All that the project declares.</param>
/// <param name="Everywhere">The files that matter to all, with what they reach.</param>
internal sealed record Surroundings(
    string? AssemblyName, CompilationOptions Options, IReadOnlyList<object> References, IReadOnlyList<string> Namespaces, IReadOnlyList<FileDeclarations> Everywhere)
{
    public bool Equals(Surroundings? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && AssemblyName == other.AssemblyName
            && Options.Equals(other.Options)
            && References.SequenceEqual(other.References)
            && Namespaces.SequenceEqual(other.Namespaces)
            && Reach.AreSame(Everywhere, other.Everywhere));

    public override int GetHashCode() => References.Count;
}
