namespace Afterimage.Generators.Model;

/// <summary>A parameter.</summary>
/// <param name="Modifier"><c>params</c>, or empty.</param>
/// <param name="Type">Its type, as text that binds in the generated file.</param>
/// <param name="Name">Its name.</param>
internal sealed record ParameterSpec(string Modifier, string Type, string Name)
{
    /// <summary>Whether it says that it may be null.</summary>
    public bool MayBeNull => Type.EndsWith("?", StringComparison.Ordinal);

    /// <summary>The parameter as it is declared.</summary>
    public string Declaration => Modifier.Length == 0 ? $"{Type} {Name}" : $"{Modifier} {Type} {Name}";
}
