using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Which operations hand libtorch a number that nothing holds.</summary>
internal static class UnheldNumbers
{
    /// <summary>Whether an operation makes one inside, or is given one that is made on the spot.</summary>
    public static bool IsMadeBy(IOperation operation) => operation switch
    {
        IBinaryOperation binary => ScalarMakers.Contains(binary.OperatorMethod) || IsFresh(binary.LeftOperand) || IsFresh(binary.RightOperand),
        ICompoundAssignmentOperation compound => ScalarMakers.Contains(compound.OperatorMethod) || IsFresh(compound.Value),
        IUnaryOperation unary => ScalarMakers.Contains(unary.OperatorMethod),
        IInvocationOperation call => ScalarMakers.Contains(call.TargetMethod) || call.Arguments.Any(argument => IsFresh(argument.Value)),
        IObjectCreationOperation creation => ScalarMakers.Contains(creation.Constructor) || creation.Arguments.Any(argument => IsFresh(argument.Value)),
        IPropertyReferenceOperation property => ScalarMakers.Contains(property.Property) || property.Arguments.Any(argument => IsFresh(argument.Value)),
        IMethodReferenceOperation reference => ScalarMakers.Contains(reference.Method),
        IConversionOperation conversion => ScalarMakers.Contains(conversion.OperatorMethod) && !(IsScalar(conversion.Type) && (IsHeld(conversion) || IsOperand(conversion))),
        _ => false,
    };

    // A Scalar that is made where it is used, and that no variable holds.
    private static bool IsFresh(IOperation value) => value switch
    {
        IConversionOperation { OperatorMethod: { } method } when IsScalar(method.ReturnType) => true,
        IConversionOperation conversion => IsFresh(conversion.Operand),
        IConditionalOperation { WhenFalse: { } otherwise } choice => IsFresh(choice.WhenTrue) || IsFresh(otherwise),
        IInvocationOperation call => call.TargetMethod.Name == "ToScalar" && IsScalar(call.Type),
        _ => false,
    };

    // What it is an operand of is reported instead.
    private static bool IsOperand(IOperation conversion) => User(conversion) is IArgumentOperation or IBinaryOperation or ICompoundAssignmentOperation;

    private static bool IsHeld(IOperation conversion) => User(conversion) switch
    {
        IFieldInitializerOperation or IPropertyInitializerOperation or IReturnOperation => true,
        ISimpleAssignmentOperation { Target: IFieldReferenceOperation or IPropertyReferenceOperation } => true,
        IVariableInitializerOperation initializer => initializer.Syntax.FirstAncestorOrSelf<VariableDeclarationSyntax>()?.Parent
            is UsingStatementSyntax or LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 },
        _ => false,
    };

    private static IOperation? User(IOperation conversion)
    {
        var user = conversion.Parent;
        while (user is IConversionOperation or IConditionalOperation or IParenthesizedOperation)
        {
            user = user.Parent;
        }

        return user;
    }

    private static bool IsScalar(ITypeSymbol? type) => type is { Name: "Scalar", ContainingNamespace.Name: "TorchSharp" };
}
