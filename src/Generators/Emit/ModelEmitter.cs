namespace Afterimage.Generators.Emit;

/// <summary>Writes the members of a model.</summary>
internal static class ModelEmitter
{
    public static void Emit(IndentedTextWriter writer, ClassSpec spec, ModelSpec model)
    {
        var (names, body) = (model.Names, spec.Forward.Body);
        var layout = $"{TypeNames.Afterimage}.GuidanceLayout.{model.GuidanceLayout}";
        writer.Line(TypeNames.GeneratedCode);
        writer.Line($"private delegate {body.ReturnType} {names.Delegate}({body.Parameters.DelegateDeclarations(spec.Type, names.Self)});");
        writer.Separate();
        writer.Line($"private static readonly {names.Delegate} {names.Uncached} = {body.Parameters.CallingLambda(names.Self, body.Name)};");
        writer.Separate();
        writer.Line($"private static readonly {names.Delegate} {names.Cached} = {body.Parameters.CallingLambda(names.Self, names.CachedForward)};");
        writer.Separate();
        writer.Line($"private readonly {TypeNames.Execution}.ModelCache {names.Cache} = new({layout}, {Names(model.GuidanceBatch)}, {Names(model.Tensors)});");
        writer.Line($"private {names.Delegate} {names.Selected} = {names.Uncached};");
        writer.Separate();
        ForwardEmitter.Emit(writer, spec.Forward, $"{names.Selected}({string.Join(", ", spec.Forward.Parameters.Select(p => p.Name).Prepend("this"))})");
        EmitInterface(writer, names);
        EmitCachedForward(writer, body, model);
        EmitOverrides(writer, model);

        string Names(EquatableArray<int> parameters) =>
            $"[{string.Join(", ", parameters.Select(index => $"\"{spec.Forward.Parameters[index].Name.TrimStart('@')}\""))}]";
    }

    private static void EmitInterface(IndentedTextWriter writer, ModelNames names)
    {
        const string Afterimage = TypeNames.Afterimage;
        Member($"{Afterimage}.GuidanceLayout GuidanceLayout => {names.Cache}.GuidanceLayout;");
        Member($"{TypeNames.ReadOnlyList}<{Afterimage}.CacheSite> CacheSites => {names.Cache}.Sites(this);");
        Member($"bool IsCacheEnabled => {names.Cache}.IsEnabled;");
        Member($"{Afterimage}.CacheRun? CurrentRun => {names.Cache}.CurrentRun;");
        Member($"void EnableCache({Afterimage}.CacheConfig config)", $"{names.Cache}.Enable(this, config);", $"{names.Selected} = {names.Cached};");
        Member("void DisableCache()", $"{names.Cache}.Disable();", $"{names.Selected} = {names.Uncached};");
        Member($"void ResetCache() => {names.Cache}.Reset();");
        Member($"global::System.IDisposable CacheContext(string name) => {names.Cache}.Context(name);");
        Member(
            $"{Afterimage}.CacheRun BeginRun({TypeNames.ReadOnlyList}<double> timesteps, {Afterimage}.GuidanceLayout? layout = null) => "
            + $"{names.Cache}.BeginRun(timesteps, layout);");

        void Member(string declaration, params string[] statements)
        {
            writer.Separate();
            writer.Line("/// <inheritdoc/>");
            Method(writer, $"public {declaration}", statements);
        }
    }

    private static void EmitCachedForward(IndentedTextWriter writer, MethodSpec body, ModelSpec model)
    {
        var (names, step) = (model.Names, model.Names.Step);
        var tensors = string.Join(", ", model.Tensors.Select(index => body.Parameters[index].Name));
        var arguments = body.Parameters.Select((parameter, index) =>
            model.GuidanceBatch.Contains(index) ? $"{step}.Batch({parameter.Name})" : parameter.Name);
        writer.Separate();
        Method(
            writer, $"private {body.ReturnType} {names.CachedForward}({body.Parameters.Declarations()})",
            $"using var {step} = {names.Cache}.BeginForward({tensors});",
            $"return {step}.Complete({body.Parameters.Calling(body.Name, arguments)});");
    }

    private static void EmitOverrides(IndentedTextWriter writer, ModelSpec model)
    {
        if (!model.OverridesMove)
        {
            writer.Separate();
            writer.Line("/// <inheritdoc/>");
            Method(
                writer, $"protected override void _toEpilog({TypeNames.ScalarType}? dtype, {TypeNames.Device}? device, bool non_blocking)",
                $"{model.Names.Cache}.Moved();", "base._toEpilog(dtype, device, non_blocking);");
        }

        if (!model.OverridesDispose)
        {
            writer.Separate();
            writer.Line("/// <inheritdoc/>");
            Method(writer, "protected override void Dispose(bool disposing)", $"{model.Names.Cache}.Dispose();", "base.Dispose(disposing);");
        }
    }

    private static void Method(IndentedTextWriter writer, string declaration, params string[] statements)
    {
        writer.Line(TypeNames.GeneratedCode);
        writer.Line(declaration);
        if (statements.Length == 0)
        {
            return;
        }

        using (writer.Block())
        {
            foreach (var statement in statements)
            {
                writer.Line(statement);
            }
        }
    }
}
