using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>
/// Reads the flow of a statement that assigns at most once, at its top, straight from its operations: most statements of a
/// body are of this kind, and the compiler's analysis takes a walk of the method for each.
/// </summary>
internal static class StraightFlow
{
    /// <summary>The same as the compiler's analysis says; null for statements that need it.</summary>
    public static StatementFlow? Of(IOperation? operation) => operation switch
    {
        IVariableDeclarationGroupOperation group => Declaration(group),
        IUsingDeclarationOperation { DeclarationGroup: { } group } => Declaration(group),
        IReturnOperation { Kind: OperationKind.Return, ReturnedValue: { } value } => Flow(value, [], []),
        IExpressionStatementOperation { Operation: ISimpleAssignmentOperation { IsRef: false } assignment } when Variable(assignment.Target) is { } variable =>
            Flow(assignment.Value, [variable], []),
        IExpressionStatementOperation { Operation: IDeconstructionAssignmentOperation assignment } when Targets(assignment.Target) is { } targets =>
            Flow(assignment.Value, targets.Select(target => target.Variable), targets.Where(target => target.IsNew).Select(target => target.Variable)),
        IExpressionStatementOperation { Operation: IInvocationOperation call } => Flow(call, [], []),
        _ => null,
    };

    private static StatementFlow? Declaration(IVariableDeclarationGroupOperation group)
    {
        IVariableDeclaratorOperation[] declarators = [.. group.Declarations.SelectMany(declaration => declaration.Declarators)];
        return declarators is [{ Symbol: { IsConst: false, IsRef: false } local } declarator] && declarator.GetVariableInitializer()?.Value is { } value
            ? Flow(value, [local], [local])
            : null;
    }

    private static StatementFlow? Flow(IOperation value, IEnumerable<ISymbol> writes, IEnumerable<ISymbol> declares)
    {
        var reads = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        foreach (var part in value.DescendantsAndSelf())
        {
            if (!IsPlain(part))
            {
                return null;
            }

            if (Variable(part) is { } variable)
            {
                reads.Add(variable);
            }
        }

        ISymbol[] written = [.. writes.Distinct(SymbolEqualityComparer.Default)];
        return new StatementFlow(reads, written, written, [.. declares.OfType<ILocalSymbol>()]);
    }

    // Whether an operation evaluates its children and writes no variable.
    private static bool IsPlain(IOperation operation) => operation switch
    {
        IAssignmentOperation or IIncrementOrDecrementOperation or IDeclarationExpressionOperation or IThrowOperation => false,
        IAnonymousFunctionOperation or INameOfOperation or IAddressOfOperation or ITranslatedQueryOperation or IDynamicInvocationOperation => false,
        IPatternOperation or ISwitchExpressionOperation or IObjectOrCollectionInitializerOperation or IAwaitOperation => false,
        ILocalReferenceOperation { Local.IsConst: true } => false,
        IArgumentOperation argument => argument.Parameter is null or { RefKind: RefKind.None },
        // A method of a mutable value type may change it.
        IInvocationOperation { Instance: { Type.IsValueType: true } receiver } => Variable(receiver) is null,
        _ => operation.Kind != OperationKind.None,
    };

    private static IReadOnlyList<(ISymbol Variable, bool IsNew)>? Targets(IOperation target) => target switch
    {
        IDiscardOperation => [],
        IDeclarationExpressionOperation declaration => Targets(declaration.Expression)?.Select(inner => (inner.Variable, true)).ToArray(),
        ITupleOperation tuple when tuple.Elements.Select(Targets).ToArray() is var elements && !elements.Contains(null) =>
            [.. elements.SelectMany(element => element!)],
        _ => Variable(target) is { } variable ? [(variable, false)] : null,
    };

    private static ISymbol? Variable(IOperation operation) => operation switch
    {
        ILocalReferenceOperation { Local.IsRef: false } local => local.Local,
        IParameterReferenceOperation reference when KnownSymbols.IsVariable(reference.Parameter) => reference.Parameter,
        _ => null,
    };
}
