namespace Afterimage.Generators.Model;

/// <summary>The partial method to implement.</summary>
/// <param name="Modifiers">Its modifiers, <c>partial</c> included.</param>
/// <param name="ReturnType">Its return type.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Names">The names of what calls one or the other.</param>
/// <param name="Body">The author's method that holds the forward pass.</param>
internal sealed record ForwardSpec(string Modifiers, string ReturnType, EquatableArray<ParameterSpec> Parameters, DelegateNames Names, MethodSpec Body);
