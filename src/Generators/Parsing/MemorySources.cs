using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Where the memory of a value comes from.</summary>
internal static class MemorySources
{
    // Of Tensor and torch: what returns its argument, or a view of it.
    private static readonly HashSet<string> s_views = new(StringComparer.Ordinal)
    {
        "MoveToOuterDisposeScope", "MoveToOtherDisposeScope", "DetachFromDisposeScope", "DetatchFromDisposeScope", "alias", "detach",
        "view", "view_as", "reshape", "flatten", "unflatten", "ravel", "squeeze", "unsqueeze", "expand", "expand_as", "broadcast_to",
        "transpose", "t", "permute", "movedim", "moveaxis", "swapaxes", "swapdims", "adjoint", "narrow", "select", "slice", "index",
        "diagonal", "chunk", "split", "tensor_split", "hsplit", "vsplit", "dsplit", "unbind", "unfold", "as_strided", "real", "imag",
        "contiguous", "to", "to_type", "type_as", "cpu", "cuda", "float", "half", "double", "bfloat16", "positive", "conj", "dropout",
        "resolve_conj", "resolve_neg", "view_as_real", "view_as_complex", "atleast_1d", "atleast_2d", "atleast_3d",
    };

    /// <summary>The variables whose memory the value of an expression is, for some of its branches at least.</summary>
    public static IEnumerable<string> Certain(IOperation? operation) => operation switch
    {
        ILocalReferenceOperation local => [local.Local.Name],
        IParameterReferenceOperation parameter => [parameter.Parameter.Name],
        IConversionOperation conversion => Certain(conversion.Operand),
        IParenthesizedOperation parenthesized => Certain(parenthesized.Operand),
        IConditionalOperation conditional => Certain(conditional.WhenTrue).Concat(Certain(conditional.WhenFalse)),
        ICoalesceOperation coalesce => Certain(coalesce.Value).Concat(Certain(coalesce.WhenNull)),
        ISwitchExpressionOperation choice => choice.Arms.SelectMany(arm => Certain(arm.Value)),
        ITupleOperation tuple => tuple.Elements.SelectMany(Certain),
        ICollectionExpressionOperation collection => collection.Elements.SelectMany(Certain),
        IArrayCreationOperation array => array.Initializer?.ElementValues.SelectMany(Certain) ?? [],
        IArrayElementReferenceOperation element => Certain(element.ArrayReference),
        IFieldReferenceOperation field => Certain(field.Instance),
        IPropertyReferenceOperation property => Certain(property.Instance),
        IConditionalAccessOperation access => Certain(access.WhenNotNull),
        IConditionalAccessInstanceOperation instance => Certain(Receiver(instance)),
        IAssignmentOperation assignment => Certain(assignment.Value),
        IInvocationOperation call when ReturnsItsInput(call) => Certain(call.Instance).Concat(call.Arguments.SelectMany(argument => Certain(argument.Value))),
        _ => [],
    };

    /// <summary>The variables whose memory the value of an expression may be: all it is made from, unless it is known to be new.</summary>
    public static IEnumerable<string> Possible(IOperation? operation) => operation switch
    {
        null => [],
        ILocalReferenceOperation or IParameterReferenceOperation => Certain(operation),
        _ when FreshValues.IsFresh(operation) => [],
        IPropertyReferenceOperation property when KnownSymbols.IsTensor(property.Instance?.Type) => Possible(property.Instance),
        IConditionalAccessInstanceOperation instance => Possible(Receiver(instance)),
        IConditionalAccessOperation access => Possible(access.WhenNotNull),
        IConditionalOperation conditional => Possible(conditional.WhenTrue).Concat(Possible(conditional.WhenFalse)),
        IIsPatternOperation or IIsTypeOperation => [],
        _ => operation.ChildOperations.SelectMany(Possible),
    };

    public static IOperation? Receiver(IConditionalAccessInstanceOperation instance)
    {
        IOperation inner = instance;
        for (var outer = instance.Parent; outer is not null; (inner, outer) = (outer, outer.Parent))
        {
            if (outer is IConditionalAccessOperation access && access.WhenNotNull == inner)
            {
                return access.Operation;
            }
        }

        return null;
    }

    private static bool ReturnsItsInput(IInvocationOperation call) =>
        (KnownSymbols.IsTensorArithmetic(call.TargetMethod.ContainingType) && PureCalls.IsInPlace(call))
        || call.TargetMethod.ContainingAssembly?.Name == "TorchSharp"
        && (s_views.Contains(call.TargetMethod.Name)
            || call.TargetMethod.Name.EndsWith("_", StringComparison.Ordinal)
            || KnownSymbols.IsDisposeScope(call.TargetMethod.ContainingType)
            // In evaluation mode these hand out what they get.
            || (call.Instance?.Type?.Name is { } module && (module == "Identity" || module.StartsWith("Dropout", StringComparison.Ordinal))));
}
