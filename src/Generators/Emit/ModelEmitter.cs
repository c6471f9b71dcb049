using System.Globalization;
using Afterimage.Generators.Lowering;

namespace Afterimage.Generators.Emit;

/// <summary>Writes the members of a model.</summary>
internal static class ModelEmitter
{
    public static void EmitDelegates(IndentedTextWriter writer, ClassSpec spec, ModelSpec model, LoweredBlock? block)
    {
        var (names, body, type, self) = (model.Names, spec.Forward.Body, spec.Forward.Names.Type, spec.Forward.Names.Self);
        writer.Separate();
        if (block is not null)
        {
            var arguments = string.Join(", ", body.Parameters.Select(parameter => parameter.Name).Prepend(self));
            writer.Line($"private static readonly {type} {names.Direct} = static ({arguments}) => {self}.{block.Spec.Names.Selected}({arguments});");
            writer.Separate();
        }

        writer.Line($"private static readonly {type} {names.Cached} = {body.Parameters.CallingLambda(self, names.CachedForward)};");
        if (block?.Spec.Sequence is { } sequence)
        {
            writer.Separate();
            writer.Line($"private static readonly {type} {sequence.Shards} = {body.Parameters.CallingLambda(self, sequence.Forward)};");
        }
    }

    public static void EmitFields(IndentedTextWriter writer, ClassSpec spec, ModelSpec model, LoweredBlock? block)
    {
        var (names, type) = (model.Names, spec.Forward.Names.Type);
        var layout = $"{TypeNames.Afterimage}.GuidanceLayout.{model.GuidanceLayout}";
        int[] optional = [.. model.GuidanceBatch.Where(index => spec.Forward.Parameters[index].MayBeNull)];
        var optionals = optional.Length == 0 ? "" : $", {Names(optional)}";
        writer.Line($"private readonly {TypeNames.Execution}.ModelCache {names.Cache} = new({layout}, {Names(model.GuidanceBatch)}, {Names(model.Tensors)}{optionals});");
        writer.Line($"private {type} {names.Selected} = {Direct(spec, model, block)};");

        string Names(IEnumerable<int> parameters) =>
            $"[{string.Join(", ", parameters.Select(index => $"\"{spec.Forward.Parameters[index].Name.TrimStart('@')}\""))}]";
    }

    public static void EmitMembers(IndentedTextWriter writer, ClassSpec spec, ModelSpec model, LoweredBlock? block)
    {
        EmitInterface(writer, spec, model.Names, block, Direct(spec, model, block));
        EmitCachedModel(writer, model);
        EmitCachedForward(writer, spec.Forward.Body, model, block);
        EmitOverrides(writer, model);
    }

    // What runs while no cache is enabled.
    private static string Direct(ClassSpec spec, ModelSpec model, LoweredBlock? block) => block is null ? spec.Forward.Names.Uncached : model.Names.Direct;

    private static void EmitInterface(IndentedTextWriter writer, ClassSpec spec, ModelNames names, LoweredBlock? block, string uncached)
    {
        const string Afterimage = TypeNames.Afterimage;
        Member($"{Afterimage}.GuidanceLayout GuidanceLayout => {names.Cache}.GuidanceLayout;");
        Member($"{TypeNames.ReadOnlyList}<{Afterimage}.CacheSite> CacheSites => {names.Cache}.Sites(this);");
        Member($"bool IsCacheEnabled => {names.Cache}.IsEnabled;");
        Member($"{Afterimage}.CacheRun? CurrentRun => {names.Cache}.CurrentRun;");
        Member($"void EnableCache({Afterimage}.CacheConfig config)", $"{names.Cache}.Enable(this, config);", $"{names.Selected} = {names.Cached};");
        Member("void DisableCache()", $"{names.Cache}.Disable();", $"{names.Selected} = {names.Cache}.Forward({uncached}, {names.Cached});");
        Member($"void ResetCache() => {names.Cache}.Reset();");
        Member($"global::System.IDisposable CacheContext(string name) => {names.Cache}.Context(name);");
        Member(
            $"{Afterimage}.CacheRun BeginRun({TypeNames.ReadOnlyList}<double> timesteps, {Afterimage}.GuidanceLayout? layout = null) => "
            + $"{names.Cache}.BeginRun(timesteps, layout);");
        Member($"{Afterimage}.CacheRun BeginRun({Afterimage}.CachePlan plan) => {names.Cache}.BeginRun(plan);");
        var sequence = block?.Spec.Sequence;
        Member($"{Afterimage}.ModelParallel? Parallel => {names.Cache}.Parallel;");
        Member(
            $"void EnableParallel({Afterimage}.ParallelLayout layout, {Afterimage}.Communicator communicator)",
            [
                $"{names.Cache}.EnableParallel(this, layout, communicator, hasSequences: {(sequence is null ? "false" : "true")});",
                .. sequence is null ? [] : new[] { $"{block!.Spec.Names.Selected} = {sequence.Shards};" },
                $"{names.Selected} = {names.Cached};",
            ]);
        Member(
            "void DisableParallel()",
            [
                $"{names.Cache}.DisableParallel(this);",
                .. sequence is null ? [] : new[] { $"{block!.Spec.Names.Selected} = {spec.Forward.Names.Uncached};" },
                $"{names.Selected} = {names.Cache}.Forward({uncached}, {names.Cached});",
            ]);

        void Member(string declaration, params string[] statements)
        {
            writer.Separate();
            writer.Line("/// <inheritdoc/>");
            Method(writer, $"public {declaration}", statements);
        }
    }

    /// <summary>Whether the model can be skipped as a whole, or tells what has changed or what the prompt is.</summary>
    public static bool IsCachedModel(ModelSpec model) => model.Latents >= 0 || model.Indicator is not null || model.Prompt.Count > 0;

    private static void EmitCachedModel(IndentedTextWriter writer, ModelSpec model)
    {
        if (model.Latents >= 0)
        {
            writer.Separate();
            writer.Line("/// <inheritdoc/>");
            writer.Line(FormattableString.Invariant($"int {TypeNames.Execution}.ICachedModel.Latents => {model.Latents};"));
        }

        if (model.Indicator is not null)
        {
            writer.Separate();
            writer.Line("/// <inheritdoc/>");
            writer.Line($"bool {TypeNames.Execution}.ICachedModel.HasChangeIndicator => true;");
        }

        if (model.Prompt.Count > 0)
        {
            writer.Separate();
            writer.Line("/// <inheritdoc/>");
            var prompt = string.Join(", ", model.Prompt.Select(tensor => tensor.ToString(CultureInfo.InvariantCulture)));
            writer.Line($"{TypeNames.ReadOnlyList}<int> {TypeNames.Execution}.ICachedModel.Prompt => [{prompt}];");
        }
    }

    private static void EmitCachedForward(IndentedTextWriter writer, MethodSpec body, ModelSpec model, LoweredBlock? block)
    {
        var (names, step) = (model.Names, model.Names.Step);
        var tensors = string.Join(", ", model.Tensors.Select(index => body.Parameters[index].Name));
        int[] places = [.. model.Tensors];
        var arguments = body.Parameters.Select((parameter, index) => Array.IndexOf(places, index) is >= 0 and var place
            ? FormattableString.Invariant($"{step}.{(model.GuidanceBatch.Contains(index) ? "Batch" : "Input")}({place}, {parameter.Name})")
            : parameter.Name).ToArray();
        var others = string.Concat(body.Parameters.Where((_, index) => !places.Contains(index)).Select(parameter => $", {parameter.Name}"));
        var value = block is null
            ? body.Parameters.Calling(body.Name, arguments)
            : $"{block.Spec.Names.Selected}({string.Join(", ", arguments.Prepend("this"))})";
        string[] statements =
        [
            $"using var {step} = {names.Cache}.BeginForward({tensors});",
            .. model.Indicator is { } indicator
                ? new[] { $"{step}.Decide(() => {body.Parameters.Calling(indicator.Name, indicator.Arguments.Select(index => arguments[index]))});" }
                : [],
            $"return {step}.Complete(() => {value}{others});",
        ];
        writer.Separate();
        Method(writer, $"private {body.ReturnType} {names.CachedForward}({body.Parameters.Declarations()})", statements);
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
