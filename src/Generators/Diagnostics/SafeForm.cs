using System.Collections.Immutable;

namespace Afterimage.Generators.Diagnostics;

/// <summary>
/// The method of TensorArithmetic that takes an operation's place, and how its operands become the receiver and the arguments.
/// It travels from the analyzer to the code fix in a diagnostic's properties.
/// </summary>
/// <param name="Method">Its name.</param>
/// <param name="Swapped">Whether the right operand becomes the receiver.</param>
/// <param name="Cast">The type that the receiver is cast to, since no method extends its own; null for none.</param>
/// <param name="IsStatic">Whether it is called on the class, with the arguments as they are.</param>
internal sealed record SafeForm(string Method, bool Swapped = false, string? Cast = null, bool IsStatic = false)
{
    public ImmutableDictionary<string, string?> ToProperties() => ImmutableDictionary<string, string?>.Empty
        .Add(nameof(Method), Method)
        .Add(nameof(Swapped), Swapped ? nameof(Swapped) : null)
        .Add(nameof(Cast), Cast)
        .Add(nameof(IsStatic), IsStatic ? nameof(IsStatic) : null);

    public static SafeForm? From(ImmutableDictionary<string, string?> properties) =>
        properties.TryGetValue(nameof(Method), out var method) && method is not null
            ? new SafeForm(method, properties[nameof(Swapped)] is not null, properties[nameof(Cast)], properties[nameof(IsStatic)] is not null)
            : null;
}
