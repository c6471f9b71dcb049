namespace Afterimage.Generators.Emit;

/// <summary>Parameter and argument lists.</summary>
internal static class Signatures
{
    public static string Declarations(this EquatableArray<ParameterSpec> parameters) =>
        string.Join(", ", parameters.Select(parameter => parameter.Declaration));

    public static string Arguments(this EquatableArray<ParameterSpec> parameters) =>
        string.Join(", ", parameters.Select(parameter => parameter.Name));

    /// <summary>Without <c>params</c>, after a parameter for the object itself: what a delegate takes.</summary>
    public static string DelegateDeclarations(this EquatableArray<ParameterSpec> parameters, string type, string self) =>
        string.Join(", ", parameters.Select(parameter => $"{parameter.Type} {parameter.Name}").Prepend($"{type} {self}"));

    /// <summary>Calls a method of the object itself, which a parameter may have the name of.</summary>
    public static string Calling(this EquatableArray<ParameterSpec> parameters, string method, IEnumerable<string> arguments)
    {
        var self = parameters.Any(parameter => parameter.Name.TrimStart('@') == method) ? "this." : string.Empty;
        return $"{self}{method.Escaped()}({string.Join(", ", arguments)})";
    }

    /// <summary>A static lambda that calls a method of its first argument.</summary>
    public static string CallingLambda(this EquatableArray<ParameterSpec> parameters, string self, string method) =>
        $"static ({string.Join(", ", parameters.Select(parameter => parameter.Name).Prepend(self))}) => {self}.{method.Escaped()}({parameters.Arguments()})";
}
