using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Reuse;

/// <summary>What was read of a class: the generator takes the spec, the analyzer the findings.</summary>
/// <param name="Spec">Null where there is nothing that could be emitted.</param>
/// <param name="Findings">What has to be reported.</param>
/// <param name="Body">The name of the method that speaks for the class; null where it has none.</param>
internal sealed record ParsedClass(ClassSpec? Spec, IReadOnlyList<Finding> Findings, Location? Body);
