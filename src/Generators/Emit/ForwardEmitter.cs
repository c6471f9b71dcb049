namespace Afterimage.Generators.Emit;

/// <summary>Writes the implementing half of <c>forward</c>, and the delegate that it calls.</summary>
internal static class ForwardEmitter
{
    public static void EmitDelegate(IndentedTextWriter writer, ClassSpec spec)
    {
        var (names, body) = (spec.Forward.Names, spec.Forward.Body);
        writer.Line(TypeNames.GeneratedCode);
        writer.Line($"private delegate {body.ReturnType} {names.Type}({body.Parameters.DelegateDeclarations(spec.Type, names.Self)});");
        writer.Separate();
        writer.Line($"private static readonly {names.Type} {names.Uncached} = {body.Parameters.CallingLambda(names.Self, body.Name)};");
    }

    public static void Emit(IndentedTextWriter writer, ForwardSpec forward, string value)
    {
        writer.Line("/// <inheritdoc/>");
        writer.Line(TypeNames.GeneratedCode);
        writer.Line(TypeNames.NotUserCode);
        writer.Line($"{forward.Modifiers} {forward.ReturnType} forward({forward.Parameters.Declarations()}) => {value};");
    }
}
