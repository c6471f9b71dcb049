namespace Afterimage.Generators.Emit;

/// <summary>Writes the implementing half of <c>forward</c>.</summary>
internal static class ForwardEmitter
{
    public static void Emit(IndentedTextWriter writer, ForwardSpec forward, string value)
    {
        EmitAttributes(writer);
        writer.Line($"{Declaration(forward)} => {value};");
    }

    /// <summary>As <see cref="Emit"/>, and holds the object over the call.</summary>
    public static void EmitHeld(IndentedTextWriter writer, ForwardSpec forward, string result, string value)
    {
        EmitAttributes(writer);
        writer.Line(Declaration(forward));
        using (writer.Block())
        {
            writer.Line($"var {result} = {value};");
            writer.Line("// Where nobody else holds the model, finalizers could free its weights while libtorch reads them.");
            writer.Line("global::System.GC.KeepAlive(this);");
            writer.Line($"return {result};");
        }
    }

    private static void EmitAttributes(IndentedTextWriter writer)
    {
        writer.Line("/// <inheritdoc/>");
        writer.Line(TypeNames.GeneratedCode);
        writer.Line(TypeNames.NotUserCode);
    }

    private static string Declaration(ForwardSpec forward) => $"{forward.Modifiers} {forward.ReturnType} forward({forward.Parameters.Declarations()})";
}
