using System.Reflection;
using Afterimage.Execution;
using static TorchSharp.torch;

namespace Afterimage;

/// <summary>
/// Runs a model on one input with everything computed, and with sites reused in every combination that a block can have, and compares
/// each forward with the author's body bit for bit: on repeated input they are the same, or the body writes where it must not, or does
/// not keep what its annotations promise.
/// </summary>
public static class CacheSelfCheck
{
    /// <summary>Checks a model, calling its <c>forward</c> on copies of <paramref name="inputs"/>.</summary>
    /// <param name="model">
    /// The model, in evaluation mode, in no run of a cache and not on the META device. It is left as it was, and so is torch's random state.
    /// </param>
    /// <param name="inputs">The arguments of <c>forward</c>, in order; those left out at the end have their default values.</param>
    /// <returns>What was compared. A fault of the model's is in the report and is not thrown.</returns>
    /// <exception cref="ArgumentException">The model is no module, no <c>forward</c> takes these inputs, or it has no sites.</exception>
    /// <exception cref="InvalidOperationException">The model has a run of a cache, or is in training mode.</exception>
    public static SelfCheckReport Run(ICacheableModel model, params IReadOnlyList<object?> inputs)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputs);
        var method = FindForward(model, inputs);
        var parameters = method.GetParameters();
        using var scope = NewDisposeScope();
        object?[] arguments =
        [
            .. inputs.Select(input => input is Tensor tensor ? tensor.detach().clone() : input),
            .. parameters.Skip(inputs.Count).Select(parameter => parameter.DefaultValue),
        ];
        return RunOn(model, () => (Tensor)method.Invoke(model, BindingFlags.DoNotWrapExceptions, null, arguments, null)!, [.. arguments.OfType<Tensor>()]);
    }

    /// <summary>As <see cref="Run"/>, for models that are not called with their inputs alone.</summary>
    /// <param name="model">The model.</param>
    /// <param name="forward">Calls the model once, always alike. The result is disposed of here.</param>
    /// <param name="inputs">The tensors that the call reads and must not write. Where it does, they are set back.</param>
    /// <exception cref="ArgumentException">The model is no module, or it has no sites.</exception>
    /// <exception cref="InvalidOperationException">The model has a run of a cache, or is in training mode.</exception>
    public static SelfCheckReport RunOn(ICacheableModel model, Func<Tensor> forward, IReadOnlyList<Tensor> inputs)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(inputs);
        var module = model as nn.Module
            ?? throw new ArgumentException($"Expected a TorchSharp module, got '{model.GetType().Name}'.", nameof(model));
        if (module.training)
            throw new InvalidOperationException("A self-check needs a model in evaluation mode. Call eval() on the model first.");
        var table = SiteTable.Of(module);
        if (table.Sites.Count == 0)
            throw new ArgumentException($"'{model.GetType().Name}' has no sites, so there is nothing to check.", nameof(model));

        var config = ModelCache.IdleConfigOf(module);
        model.DisableCache();
        try
        {
            using var noGradient = no_grad();
            using var forwards = new ObservedForward(forward, inputs);
            using var blocks = new ObservedBlocks(table);
            return new SelfCheckReport([.. new SelfCheckRun(model, table, forwards, blocks).Compare()]);
        }
        finally
        {
            if (config is not null)
                model.EnableCache(config);
        }
    }

    private static MethodInfo FindForward(ICacheableModel model, IReadOnlyList<object?> inputs) =>
        model.GetType().GetMethods(BindingFlags.Public | BindingFlags.Instance)
            .Where(method => method.Name == "forward" && method.ReturnType == typeof(Tensor) && Takes(method.GetParameters(), inputs))
            .OrderBy(method => method.GetParameters().Length)
            .FirstOrDefault()
        ?? throw new ArgumentException(
            $"No forward of '{model.GetType().Name}' takes ({string.Join(", ", inputs.Select(input => input?.GetType().Name ?? "null"))}).", nameof(inputs));

    private static bool Takes(ParameterInfo[] parameters, IReadOnlyList<object?> inputs) =>
        parameters.Length >= inputs.Count
        && parameters.Skip(inputs.Count).All(parameter => parameter.HasDefaultValue)
        && inputs.Select((input, i) => (Input: input, parameters[i].ParameterType)).All(pair => pair.Input is null
            ? !pair.ParameterType.IsValueType || Nullable.GetUnderlyingType(pair.ParameterType) is not null
            : pair.ParameterType.IsInstanceOfType(pair.Input));
}
