using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Finds what a statement is known to modify in place.</summary>
internal static class InPlaceWrites
{
    /// <summary>The tensors, each with the token to blame.</summary>
    public static IEnumerable<(IOperation Target, SyntaxNode Name)> Of(IOperation? operation) =>
        operation?.DescendantsAndSelf().SelectMany(Targets) ?? [];

    /// <summary>The arguments of modules that are not known to leave them as they are, each with the module to blame.</summary>
    public static IEnumerable<(IOperation Target, SyntaxNode Name)> OfModules(IOperation? operation) =>
        operation?.DescendantsAndSelf().OfType<IInvocationOperation>().Where(PureCalls.IsModuleForward).SelectMany(call =>
            CalleeMemory.ArgumentsIn(call, CalleeMemory.Of(call).MayWrite)
                .Select(target => (target, (SyntaxNode)StatementParser.CalleeOf((InvocationExpressionSyntax)call.Syntax)))) ?? [];

    private static IEnumerable<(IOperation Target, SyntaxNode Name)> Targets(IOperation operation) => operation switch
    {
        IInvocationOperation { Syntax: InvocationExpressionSyntax syntax } call when PureCalls.IsInPlace(call) =>
            (call.Instance is { } receiver ? [receiver] : call.Arguments.Take(1).Select(argument => argument.Value))
                .Select(target => (target, (SyntaxNode)StatementParser.NameOf(syntax.Expression))),
        IAssignmentOperation assignment => Elements(assignment.Target),
        IIncrementOrDecrementOperation increment => Elements(increment.Target),
        _ => [],
    };

    private static IEnumerable<(IOperation Target, SyntaxNode Name)> Elements(IOperation target) => target switch
    {
        ITupleOperation tuple => tuple.Elements.SelectMany(Elements),
        IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } written } when KnownSymbols.IsTensor(written.Type) => [(written, target.Syntax)],
        _ => [],
    };
}
