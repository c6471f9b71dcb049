namespace Afterimage.Generators.Emit;

/// <summary>Writes the members of a model.</summary>
internal static class ModelEmitter
{
    /// <param name="writer">Where to.</param>
    /// <param name="spec">The class.</param>
    /// <param name="model">The model.</param>
    /// <param name="block">What is known of its body, where it has sites of its own.</param>
    public static void Emit(IndentedTextWriter writer, ClassSpec spec, ModelSpec model, BlockSpec? block)
    {
        var (names, forward) = (model.Names, spec.Forward);
        var layout = $"{TypeNames.Afterimage}.GuidanceLayout.{model.GuidanceLayout}";
        writer.Line(TypeNames.GeneratedCode);
        writer.Line($"private readonly {TypeNames.Execution}.ModelCache {names.Cache} = new({layout}, {Names(model.GuidanceBatch)}, {Names(model.Tensors)});");
        writer.Separate();
        var arguments = forward.Parameters.Select(parameter => parameter.Name).ToArray();
        ForwardEmitter.EmitHeld(
            writer, forward, names.Result,
            $"{names.Cache}.IsEnabled ? {forward.Parameters.Calling(names.CachedForward, arguments)} : {ClassEmitter.Body(spec, block, arguments)}");
        EmitInterface(writer, names);
        EmitCachedForward(writer, spec, model, block);
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
        Member($"void EnableCache({Afterimage}.CacheConfig config) => {names.Cache}.Enable(this, config);");
        Member($"void DisableCache() => {names.Cache}.Disable();");
        Member($"void ResetCache() => {names.Cache}.Reset();");
        Member($"global::System.IDisposable CacheContext(string name) => {names.Cache}.Context(name);");
        Member(
            $"{Afterimage}.CacheRun BeginRun({TypeNames.ReadOnlyList}<double> timesteps, {Afterimage}.GuidanceLayout? layout = null) => "
            + $"{names.Cache}.BeginRun(timesteps, layout);");
        Member($"{Afterimage}.CacheRun BeginRun({Afterimage}.CachePlan plan) => {names.Cache}.BeginRun(plan);");

        void Member(string declaration)
        {
            writer.Separate();
            writer.Line("/// <inheritdoc/>");
            Method(writer, $"public {declaration}");
        }
    }

    private static void EmitCachedForward(IndentedTextWriter writer, ClassSpec spec, ModelSpec model, BlockSpec? block)
    {
        var (names, step, body) = (model.Names, model.Names.Step, spec.Forward.Body);
        var tensors = string.Join(", ", model.Tensors.Select(index => body.Parameters[index].Name));
        var arguments = body.Parameters.Select((parameter, index) =>
            model.GuidanceBatch.Contains(index) ? $"{step}.Batch({parameter.Name})" : parameter.Name);
        writer.Separate();
        Method(
            writer, $"private {body.ReturnType} {names.CachedForward}({body.Parameters.Declarations()})",
            $"using var {step} = {names.Cache}.BeginForward({tensors});",
            $"return {step}.Complete({ClassEmitter.Body(spec, block, arguments)});");
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
