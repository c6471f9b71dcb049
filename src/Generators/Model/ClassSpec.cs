namespace Afterimage.Generators.Model;

/// <summary>A class that gets a generated part: a block, a model, both in one, or a refused one, which only has its forward implemented.</summary>
/// <param name="FullName">The metadata name with its namespace and containing types, which no other class has.</param>
/// <param name="Name">The class's own name.</param>
/// <param name="Type">The class as a type, as text that binds inside of it.</param>
/// <param name="Declaration">How the generated part is introduced: <c>partial class Name</c>.</param>
/// <param name="Scope">What the part is nested in.</param>
/// <param name="Forward">The method to implement, and the body to implement it with.</param>
/// <param name="Block">Set on a block, or a model that has sites, that was understood.</param>
/// <param name="Model">Set on a model.</param>
internal sealed record ClassSpec(
    string FullName, string Name, string Type, string Declaration, ScopeSpec Scope, ForwardSpec Forward, BlockSpec? Block, ModelSpec? Model);
