namespace Afterimage.Generators.Emit;

/// <summary>Writes the implementing half of <c>forward</c>.</summary>
internal static class ForwardEmitter
{
    public static void Emit(IndentedTextWriter writer, ForwardSpec forward, string value)
    {
        writer.Line("/// <inheritdoc/>");
        writer.Line(TypeNames.GeneratedCode);
        writer.Line(TypeNames.NotUserCode);
        writer.Line($"{forward.Modifiers} {forward.ReturnType} forward({forward.Parameters.Declarations()}) => {value};");
    }
}
