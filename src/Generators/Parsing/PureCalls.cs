using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Which calls only compute their result.</summary>
internal static class PureCalls
{
    // Of Tensor: what changes lifetimes or gradients instead of computing something.
    private static readonly HashSet<string> s_tensorEffects = new(StringComparer.Ordinal)
    {
        "Dispose", "MoveToOuterDisposeScope", "MoveToOtherDisposeScope", "DetachFromDisposeScope", "DetatchFromDisposeScope",
        "DecoupleFromNativeHandle", "backward", "retain_grad", "register_hook", "requires_grad_", "with_requires_grad", "set", "Save", "save", "print",
    };

    // Draw from the global generator: leaving one out would change every later number.
    private static readonly HashSet<string> s_random = new(StringComparer.Ordinal)
    {
        "rand", "rand_like", "randn", "randn_like", "randint", "randint_like", "randperm", "bernoulli", "multinomial", "normal",
        "poisson", "binomial", "rrelu", "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout",
    };

    // Of torch: settings of the process or the thread.
    private static readonly string[] s_settings =
        ["manual_seed", "seed", "set_", "use_", "no_grad", "enable_grad", "inference_mode", "save", "Initialize", "TryInitialize", "_"];

    public static bool IsPure(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        return IsMarked(method) || IsMath(method) || (IsModuleForward(call) ? CalleeMemory.Of(call).MayWrite == 0 : IsTorch(call));
    }

    public static bool IsModuleForward(IInvocationOperation call) =>
        call.TargetMethod is { Name: "forward" or "call" }
        && call.Instance is { } receiver and not IInstanceReferenceOperation
        && KnownSymbols.IsModule(receiver.Type);

    /// <summary>Whether a method or one that it overrides is marked [NoSideEffects].</summary>
    public static bool IsMarked(IMethodSymbol method)
    {
        for (var current = method.OriginalDefinition; current is not null; current = current.OverriddenMethod?.OriginalDefinition)
        {
            if (KnownSymbols.HasAttribute(current, "NoSideEffectsAttribute"))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsMath(IMethodSymbol method) =>
        method is { IsStatic: true, ContainingType: { Name: "Math" or "MathF", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } } };

    private static bool IsTorch(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (method.ContainingAssembly?.Name != "TorchSharp" || method.ReturnsVoid || IsInPlace(call)
            || Outs(call).Any()
            || FillsWhatItGets(call)
            || s_random.Contains(method.Name))
        {
            return false;
        }

        if (method.IsStatic && !method.IsExtensionMethod)
        {
            return (KnownSymbols.IsInTorch(method.ContainingType) || method.ContainingType.Name == "TensorIndex")
                && !KnownSymbols.IsModule(method.ReturnType)
                && !KnownSymbols.IsDisposeScope(method.ReturnType)
                && !s_settings.Any(name => method.Name.StartsWith(name, StringComparison.Ordinal));
        }

        var receiver = method.IsExtensionMethod ? method.Parameters[0].Type : method.ContainingType;
        return (KnownSymbols.IsTensor(receiver) || receiver.IsValueType || receiver.Name is "TensorIndex" or "Scalar" or "Device")
            && !s_tensorEffects.Contains(method.Name);
    }

    /// <summary>Whether a call of TorchSharp's, or of our arithmetic, modifies a tensor that it is given.</summary>
    public static bool IsInPlace(IInvocationOperation call) =>
        (call.TargetMethod.ContainingAssembly?.Name == "TorchSharp" || KnownSymbols.IsTensorArithmetic(call.TargetMethod.ContainingType))
        && (call.TargetMethod.Name.EndsWith("_", StringComparison.Ordinal)
            || call.Arguments.Any(argument => argument.Parameter?.Name == "inplace" && !IsConstant(argument.Value, false)));

    /// <summary>The tensors that a call of TorchSharp's is given to put its result into.</summary>
    public static IEnumerable<IOperation> Outs(IInvocationOperation call) => call.Arguments
        .Where(argument => argument.Parameter is { Name: "out" or "@out" } && !IsConstant(argument.Value, null))
        .Select(argument => argument.Value);

    /// <summary>Whether a call of TorchSharp's reads a file or an array into what it is given.</summary>
    public static bool FillsWhatItGets(IInvocationOperation call) =>
        call.TargetMethod.Name is "Load" or "load" or "CopyFrom" || call.TargetMethod.Name.EndsWith("_out", StringComparison.Ordinal);

    public static bool IsConstant(IOperation value, object? constant)
    {
        while (value is IConversionOperation conversion)
        {
            value = conversion.Operand;
        }

        return value is IDefaultValueOperation { Type.IsReferenceType: true } && constant is null
            || (value.ConstantValue.HasValue && Equals(value.ConstantValue.Value, constant));
    }
}
