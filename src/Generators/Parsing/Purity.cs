using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Decides whether evaluating an expression can be left out when nothing reads its value.</summary>
internal static class Purity
{
    /// <summary>The first part of an expression that is not known to be free of side effects; null if there is none.</summary>
    public static IOperation? FirstImpure(IOperation? operation)
    {
        if (operation is null)
        {
            return null;
        }

        if (!IsPureByItself(operation))
        {
            // The innermost culprit explains more than the call around it.
            return operation.ChildOperations.Select(FirstImpureCall).FirstOrDefault(found => found is not null) ?? operation;
        }

        return operation.ChildOperations.Select(FirstImpure).FirstOrDefault(found => found is not null);
    }

    private static IOperation? FirstImpureCall(IOperation operation) =>
        FirstImpure(operation) is (IInvocationOperation or IObjectCreationOperation) and { IsImplicit: false } call ? call : null;

    private static bool IsPureByItself(IOperation operation) => operation switch
    {
        IInvocationOperation invocation => PureCalls.IsPure(invocation),
        IObjectCreationOperation creation => PureCreations.IsPure(creation),
        IPropertyReferenceOperation or IFieldReferenceOperation or ILocalReferenceOperation or IParameterReferenceOperation => true,
        IUnaryOperation or IBinaryOperation or IConversionOperation or ITupleOperation or ITupleBinaryOperation => true,
        IArgumentOperation argument => argument.Parameter?.RefKind is null or RefKind.None or RefKind.In,
        ILiteralOperation or IDefaultValueOperation or IInstanceReferenceOperation or INameOfOperation => true,
        ITypeOfOperation or ISizeOfOperation or IParenthesizedOperation or IDiscardOperation => true,
        IConditionalOperation { Syntax: Microsoft.CodeAnalysis.CSharp.Syntax.ConditionalExpressionSyntax } => true,
        ICoalesceOperation or IConditionalAccessOperation or IConditionalAccessInstanceOperation => true,
        ISwitchExpressionOperation or ISwitchExpressionArmOperation or IIsPatternOperation or IIsTypeOperation => true,
        IPatternOperation or IPropertySubpatternOperation => true,
        IArrayCreationOperation or IArrayInitializerOperation or IArrayElementReferenceOperation => true,
        ICollectionExpressionOperation or IRangeOperation or IImplicitIndexerReferenceOperation => true,
        IInterpolatedStringOperation or IInterpolatedStringTextOperation or IInterpolationOperation => true,
        // Some forms have no kind of their own; they contain nothing but their children.
        _ => operation.Kind == OperationKind.None && operation.Type is not null,
    };
}
