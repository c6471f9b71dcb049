using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Afterimage.Generators.Diagnostics;

/// <summary>A misuse that the parser found. Only the analyzer looks at it.</summary>
internal sealed record Finding(DiagnosticDescriptor Descriptor, Location Location, object[] Arguments)
{
    public Diagnostic ToDiagnostic(AnalyzerOptions options) => Diagnostic.Create(Descriptor.Linked(options), Location, Arguments);
}
