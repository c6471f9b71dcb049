namespace Afterimage.Generators.Model;

/// <summary>The method of a model that tells what has changed since the forward before.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Arguments">The indices of forward's parameters that it takes, in its own order.</param>
internal sealed record IndicatorSpec(string Name, EquatableArray<int> Arguments);
