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
