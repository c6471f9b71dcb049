using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Which statements may be deleted when nothing reads what they write.</summary>
internal static class Removability
{
    /// <summary>Whether a statement may go, and if not, what stands in the way.</summary>
    public static (bool Removable, IOperation? Impure) Of(IOperation? operation)
    {
        switch (operation)
        {
            case IVariableDeclarationGroupOperation group:
                return FromParts(Initializers(group));
            case IUsingDeclarationOperation { IsAsynchronous: false } usingDeclaration:
                return Initializers(usingDeclaration.DeclarationGroup).All(value => HoldsOnlyTensors(value?.Type))
                    ? FromParts(Initializers(usingDeclaration.DeclarationGroup))
                    : (false, null);
            case IExpressionStatementOperation { Operation: ISimpleAssignmentOperation assignment } when IsVariable(assignment.Target):
                return FromParts([assignment.Value]);
            case IExpressionStatementOperation { Operation: ICompoundAssignmentOperation { OperatorMethod: null or { IsStatic: true } } assignment } when IsVariable(assignment.Target):
                return FromParts([assignment.Value]);
            case IExpressionStatementOperation { Operation: ICoalesceAssignmentOperation assignment } when IsVariable(assignment.Target):
                return FromParts([assignment.Value]);
            case IExpressionStatementOperation { Operation: IIncrementOrDecrementOperation increment } when IsVariable(increment.Target):
                return (true, null);
            case IExpressionStatementOperation { Operation: IDeconstructionAssignmentOperation assignment } when IsVariable(assignment.Target):
                return assignment.SemanticModel is { } model && assignment.Syntax is AssignmentExpressionSyntax syntax && IsPlain(model.GetDeconstructionInfo(syntax))
                    ? FromParts([assignment.Value])
                    : (false, null);
            case IEmptyOperation:
                return (false, null);
            default:
                return (false, operation?.Descendants().Select(Purity.FirstImpure).FirstOrDefault(found => found is IInvocationOperation));
        }
    }

    /// <summary>The variable that a statement does nothing but dispose.</summary>
    public static string? DisposedVariable(IOperation? operation)
    {
        var call = operation is IExpressionStatementOperation statement ? statement.Operation : null;
        var receiver = (call as IInvocationOperation)?.Instance;
        if (call is IConditionalAccessOperation { WhenNotNull: IInvocationOperation whenNotNull } access)
        {
            (call, receiver) = (whenNotNull, access.Operation);
        }

        return call is IInvocationOperation { TargetMethod: { Name: "Dispose", Parameters.IsEmpty: true } }
            ? receiver switch
            {
                ILocalReferenceOperation local when HoldsOnlyTensors(local.Type) => local.Local.Name,
                IParameterReferenceOperation parameter when KnownSymbols.IsVariable(parameter.Parameter) && HoldsOnlyTensors(parameter.Type) => parameter.Parameter.Name,
                _ => null,
            }
            : null;
    }

    public static IEnumerable<IOperation?> Initializers(IVariableDeclarationGroupOperation group) =>
        group.Declarations.SelectMany(declaration => declaration.Declarators).Select(declarator => declarator.GetVariableInitializer()?.Value);

    /// <summary>Whether an assignment's target is made of locals, parameters and discards.</summary>
    public static bool IsVariable(IOperation target) => target switch
    {
        ILocalReferenceOperation { Local.IsRef: false } or IDiscardOperation => true,
        IParameterReferenceOperation reference => KnownSymbols.IsVariable(reference.Parameter),
        IDeclarationExpressionOperation declaration => IsVariable(declaration.Expression),
        ITupleOperation tuple => tuple.Elements.All(IsVariable),
        _ => false,
    };

    private static (bool Removable, IOperation? Impure) FromParts(IEnumerable<IOperation?> parts)
    {
        var impure = parts.Select(Purity.FirstImpure).FirstOrDefault(found => found is not null);
        return (impure is null, impure);
    }

    // A Deconstruct method of the author's could do anything; tuples are taken apart without one, and records with the compiler's.
    private static bool IsPlain(DeconstructionInfo info) =>
        info is { Method: null or { IsImplicitlyDeclared: true }, Conversion: null or { IsUserDefined: false } } && info.Nested.All(IsPlain);

    private static bool HoldsOnlyTensors(ITypeSymbol? type) =>
        KnownSymbols.IsTensor(type)
        || (type is INamedTypeSymbol { IsTupleType: true } tuple && tuple.TupleElements.All(element => HoldsOnlyTensors(element.Type)));
}
