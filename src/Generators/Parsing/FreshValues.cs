using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Which calls are known to return memory of their own.</summary>
internal static class FreshValues
{
    // Of Tensor and torch: what returns its argument, or a view of it, always or for some arguments.
    private static readonly HashSet<string> s_views = new(StringComparer.Ordinal)
    {
        "alias", "detach", "with_requires_grad", "requires_grad_", "set", "to_sparse", "to_dense", "coalesce",
        "view", "view_as", "reshape", "flatten", "unflatten", "ravel", "squeeze", "unsqueeze", "expand", "expand_as", "broadcast_to",
        "broadcast_tensors", "meshgrid", "cartesian_prod", "einsum", "transpose", "t", "permute", "movedim", "moveaxis", "swapaxes",
        "swapdims", "swapaxis", "swapdim", "adjoint", "mT", "mH", "narrow", "select", "slice", "index", "diagonal", "diag_embed",
        "chunk", "split", "split_with_sizes", "tensor_split", "hsplit", "vsplit", "dsplit", "unbind", "unfold", "as_strided",
        "select_scatter", "block_diag", "combinations", "rot90", "as_tensor", "from_array", "frombuffer", "tensor", "sum_to_size",
        "real", "imag", "contiguous", "to", "to_type", "type_as", "type", "cpu", "cuda", "byte", "@byte", "char", "@char", "short",
        "@short", "int", "@int", "long", "@long", "bool", "@bool", "float", "@float", "half", "double", "@double", "bfloat16",
        "positive", "conj", "resolve_conj", "resolve_neg", "view_as_real", "view_as_complex", "values", "indices", "crow_indices",
        "col_indices", "atleast_1d", "atleast_2d", "atleast_3d", "pin_memory", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "chain_matmul",
        "multi_dot", "conj_physical",
    };

    public static bool IsFresh(IOperation operation) => operation switch
    {
        IInvocationOperation call => IsFresh(call),
        IBinaryOperation { OperatorMethod: var method } => IsFresh(method),
        IUnaryOperation { OperatorMethod: var method } => IsFresh(method),
        _ => CannotHoldTensors(operation.Type),
    };

    private static bool IsFresh(IMethodSymbol? @operator) =>
        @operator is null or { ContainingAssembly.Name: "TorchSharp" } || PureCalls.IsMarked(@operator);

    public static bool CannotHoldTensors(ITypeSymbol? type) => type switch
    {
        IArrayTypeSymbol array => CannotHoldTensors(array.ElementType),
        { TypeKind: TypeKind.Enum } => true,
        { Name: "Device", ContainingType: { Name: "torch", ContainingNamespace.Name: "TorchSharp" } } => true,
        _ => type?.SpecialType is >= SpecialType.System_Boolean and <= SpecialType.System_String,
    };

    private static bool IsFresh(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        return PureCalls.IsMarked(method)
            || (PureCalls.IsModuleForward(call)
                ? CalleeMemory.Of(call).Returns == 0
                : PureCalls.IsPure(call) && !s_views.Contains(method.Name));
    }
}
