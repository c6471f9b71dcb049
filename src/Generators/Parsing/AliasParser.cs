using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads which variables may share memory after a statement, for results that must not leave the block or be modified.</summary>
internal static class AliasParser
{
    private const string Outside = "";

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

    public static IEnumerable<AliasSpec> Parse(IOperation? operation, EquatableArray<string> reads, EquatableArray<string> writes) => operation switch
    {
        null => [],
        IVariableDeclarationGroupOperation group => Declarations(group),
        IUsingDeclarationOperation declaration => Declarations(declaration.DeclarationGroup),
        IReturnOperation returned => Sources(returned.ReturnedValue).Select(source => new AliasSpec(Outside, source)),
        IExpressionStatementOperation { Operation: IAssignmentOperation assignment } => Assignment(assignment.Target, assignment.Value),
        IExpressionStatementOperation => [],
        // Branches and loops: anything written may be anything read.
        _ => writes.Append(Outside).SelectMany(write => reads.Select(read => new AliasSpec(write, read))),
    };

    /// <summary>The variables whose memory the value of an expression may be.</summary>
    public static IEnumerable<string> Sources(IOperation? operation) => operation switch
    {
        ILocalReferenceOperation local => [local.Local.Name],
        IParameterReferenceOperation parameter => [parameter.Parameter.Name],
        IConversionOperation conversion => Sources(conversion.Operand),
        IParenthesizedOperation parenthesized => Sources(parenthesized.Operand),
        IConditionalOperation conditional => Sources(conditional.WhenTrue).Concat(Sources(conditional.WhenFalse)),
        ICoalesceOperation coalesce => Sources(coalesce.Value).Concat(Sources(coalesce.WhenNull)),
        ISwitchExpressionOperation choice => choice.Arms.SelectMany(arm => Sources(arm.Value)),
        ITupleOperation tuple => tuple.Elements.SelectMany(Sources),
        ICollectionExpressionOperation collection => collection.Elements.SelectMany(Sources),
        IArrayCreationOperation array => array.Initializer?.ElementValues.SelectMany(Sources) ?? [],
        IArrayElementReferenceOperation element => Sources(element.ArrayReference),
        IFieldReferenceOperation field => Sources(field.Instance),
        IPropertyReferenceOperation property => Sources(property.Instance),
        IConditionalAccessOperation access => Sources(access.Operation),
        IAssignmentOperation assignment => Sources(assignment.Value),
        IInvocationOperation call when ReturnsItsInput(call) => Sources(call.Instance).Concat(call.Arguments.SelectMany(argument => Sources(argument.Value))),
        _ => [],
    };

    private static bool ReturnsItsInput(IInvocationOperation call) =>
        call.TargetMethod.ContainingAssembly?.Name == "TorchSharp"
        && (s_views.Contains(call.TargetMethod.Name)
            || call.TargetMethod.Name.EndsWith("_", StringComparison.Ordinal)
            || KnownSymbols.IsDisposeScope(call.TargetMethod.ContainingType)
            // In evaluation mode these hand out what they get.
            || (call.Instance?.Type?.Name is { } module && (module == "Identity" || module.StartsWith("Dropout", StringComparison.Ordinal))));

    private static IEnumerable<AliasSpec> Declarations(IVariableDeclarationGroupOperation group) =>
        group.Declarations.SelectMany(declaration => declaration.Declarators)
            .SelectMany(declarator => Sources(declarator.GetVariableInitializer()?.Value).Select(source => new AliasSpec(declarator.Symbol.Name, source)));

    private static IEnumerable<AliasSpec> Assignment(IOperation target, IOperation value)
    {
        while (value is IConversionOperation conversion)
        {
            value = conversion.Operand;
        }

        return target switch
        {
            IDeclarationExpressionOperation declaration => Assignment(declaration.Expression, value),
            ITupleOperation targets when value is ITupleOperation values && values.Elements.Length == targets.Elements.Length =>
                targets.Elements.Zip(values.Elements, Assignment).SelectMany(aliases => aliases),
            ITupleOperation targets => targets.Elements.SelectMany(element => Assignment(element, value)),
            ILocalReferenceOperation local => Sources(value).Select(source => new AliasSpec(local.Local.Name, source)),
            IParameterReferenceOperation parameter when KnownSymbols.IsVariable(parameter.Parameter) =>
                Sources(value).Select(source => new AliasSpec(parameter.Parameter.Name, source)),
            IDiscardOperation => [],
            _ => Sources(value).Select(source => new AliasSpec(Outside, source)),
        };
    }
}
