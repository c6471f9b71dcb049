using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Diagnostics;

/// <summary>Collects what the parser finds, and remembers whether anything has to be refused.</summary>
internal sealed class Findings
{
    private readonly List<Finding> _items = [];

    public IReadOnlyList<Finding> Items => _items;

    /// <summary>Whether there is an error, so that the class cannot be compiled as annotated.</summary>
    public bool HasErrors { get; private set; }

    public void Add(DiagnosticDescriptor descriptor, Location location, params object[] arguments)
    {
        _items.Add(new Finding(descriptor, location, arguments));
        HasErrors |= descriptor.DefaultSeverity == DiagnosticSeverity.Error;
    }
}
