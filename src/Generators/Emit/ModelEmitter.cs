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
        var (names, forward, body) = (model.Names, spec.Forward, spec.Forward.Body);
        var delegateName = block?.Names.Delegate ?? names.Delegate;
        var layout = $"{TypeNames.Afterimage}.GuidanceLayout.{model.GuidanceLayout}";
        writer.Line(TypeNames.GeneratedCode);
        if (block is null)
        {
            writer.Line($"private delegate {body.ReturnType} {delegateName}({body.Parameters.DelegateDeclarations(spec.Type, names.Self)});");
            writer.Separate();
        }

        writer.Line($"private static readonly {delegateName} {names.Uncached} = {WithoutCache(body, names, block)};");
        writer.Separate();
        writer.Line($"private static readonly {delegateName} {names.Cached} = {body.Parameters.CallingLambda(names.Self, names.CachedForward)};");
        writer.Separate();
        writer.Line($"private readonly {TypeNames.Execution}.ModelCache {names.Cache} = new({layout}, {Names(model.GuidanceBatch)}, {Names(model.Tensors)});");
        writer.Line($"private {delegateName} {names.Forward} = {names.Uncached};");
        writer.Separate();
        ForwardEmitter.EmitHeld(
            writer, forward, names.Result, $"{names.Forward}({string.Join(", ", forward.Parameters.Select(parameter => parameter.Name).Prepend("this"))})");
        EmitInterface(writer, names);
        EmitCachedForward(writer, spec, model, block);
        EmitOverrides(writer, model);

        string Names(EquatableArray<int> parameters) =>
            $"[{string.Join(", ", parameters.Select(index => $"\"{spec.Forward.Parameters[index].Name.TrimStart('@')}\""))}]";
    }

    // Without a cache the author's body runs, or the variant that a profile or a check has selected.
    private static string WithoutCache(MethodSpec body, ModelNames names, BlockSpec? block) => block is null
        ? body.Parameters.CallingLambda(names.Self, body.Name)
        : $"static ({string.Join(", ", body.Parameters.Select(parameter => parameter.Name).Prepend(names.Self))}) => "
            + $"{names.Self}.{block.Names.Selected}({string.Join(", ", body.Parameters.Select(parameter => parameter.Name).Prepend(names.Self))})";

    private static void EmitInterface(IndentedTextWriter writer, ModelNames names)
    {
        const string Afterimage = TypeNames.Afterimage;
        Member($"{Afterimage}.GuidanceLayout GuidanceLayout => {names.Cache}.GuidanceLayout;");
        Member($"{TypeNames.ReadOnlyList}<{Afterimage}.CacheSite> CacheSites => {names.Cache}.Sites(this);");
        Member($"bool IsCacheEnabled => {names.Cache}.IsEnabled;");
        Member($"{Afterimage}.CacheRun? CurrentRun => {names.Cache}.CurrentRun;");
        Member($"void EnableCache({Afterimage}.CacheConfig config)", $"{names.Cache}.Enable(this, config);", $"{names.Forward} = {names.Cached};");
        Member("void DisableCache()", $"{names.Cache}.Disable();", $"{names.Forward} = {names.Uncached};");
        Member($"void ResetCache() => {names.Cache}.Reset();");
        Member($"global::System.IDisposable CacheContext(string name) => {names.Cache}.Context(name);");
        Member(
            $"{Afterimage}.CacheRun BeginRun({TypeNames.ReadOnlyList}<double> timesteps, {Afterimage}.GuidanceLayout? layout = null) => "
            + $"{names.Cache}.BeginRun(timesteps, layout);");
        Member($"{Afterimage}.CacheRun BeginRun({Afterimage}.CachePlan plan) => {names.Cache}.BeginRun(plan);");

        void Member(string declaration, params string[] statements)
        {
            writer.Separate();
            writer.Line("/// <inheritdoc/>");
            Method(writer, $"public {declaration}", statements);
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
