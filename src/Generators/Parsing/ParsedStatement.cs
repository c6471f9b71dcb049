using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>A statement with what only diagnostics need of it.</summary>
/// <param name="Spec">What the pipeline gets.</param>
/// <param name="Syntax">The author's statement.</param>
/// <param name="Operation">Its meaning.</param>
/// <param name="Culprit">What keeps it from being removable; null if it is, or if there is nothing to say about it.</param>
internal sealed record ParsedStatement(StatementSpec Spec, StatementSyntax Syntax, IOperation? Operation, Culprit? Culprit);

/// <summary>Something that is not known to be free of side effects.</summary>
/// <param name="Name">What is called; null if it is the statement itself.</param>
/// <param name="Location">The token to blame.</param>
/// <param name="IsModule">Whether it is a module, which may write into its arguments.</param>
internal sealed record Culprit(string? Name, Location Location, bool IsModule = false);
