using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads which variables may share memory after a statement, for results that must not leave the block or be modified.</summary>
internal sealed class AliasParser
{
    private const string Outside = "";

    private readonly Func<IOperation?, IEnumerable<string>> _sources;

    private AliasParser(Func<IOperation?, IEnumerable<string>> sources) => _sources = sources;

    public static IEnumerable<AliasSpec> Parse(IOperation? operation, EquatableArray<string> reads, EquatableArray<string> writes)
    {
        var certain = new HashSet<(string Target, string Source)>(new AliasParser(MemorySources.Certain).Flows(operation, reads, writes));
        return new AliasParser(MemorySources.Possible).Flows(operation, reads, writes)
            .Concat(Hidden(operation, reads, writes))
            .Concat(Handed(operation))
            .Concat(certain)
            .Distinct()
            .Select(flow => new AliasSpec(flow.Target, flow.Source, certain.Contains(flow)));
    }

    private IEnumerable<(string Target, string Source)> Flows(IOperation? operation, EquatableArray<string> reads, EquatableArray<string> writes) => operation switch
    {
        null => [],
        IVariableDeclarationGroupOperation group => Declarations(group),
        IUsingDeclarationOperation declaration => Declarations(declaration.DeclarationGroup),
        IReturnOperation returned => _sources(returned.ReturnedValue).Select(source => (Outside, source)),
        IExpressionStatementOperation { Operation: IAssignmentOperation assignment } => Assignment(assignment.Target, assignment.Value),
        IExpressionStatementOperation => [],
        // Branches and loops: anything written may be anything read.
        _ => writes.Append(Outside).SelectMany(write => reads.Select(read => (write, read))),
    };

    // Where patterns and out arguments assign variables in the middle of a statement, anything may be anything.
    private static IEnumerable<(string Target, string Source)> Hidden(
        IOperation? operation, EquatableArray<string> reads, EquatableArray<string> writes)
    {
        IEnumerable<string> assigned = operation switch
        {
            IVariableDeclarationGroupOperation group => Declared(group),
            IUsingDeclarationOperation declaration => Declared(declaration.DeclarationGroup),
            IExpressionStatementOperation { Operation: IAssignmentOperation { Target: var target } } =>
                target.DescendantsAndSelf().SelectMany(MemorySources.Certain),
            _ => [],
        };
        return writes.Except(assigned).Any() ? writes.Append(Outside).SelectMany(write => reads.Select(read => (write, read))) : [];
    }

    private static IEnumerable<string> Declared(IVariableDeclarationGroupOperation group) =>
        group.Declarations.SelectMany(declaration => declaration.Declarators).Select(declarator => declarator.Symbol.Name);

    // What is handed to calls that may keep or modify it counts as having left.
    private static IEnumerable<(string Target, string Source)> Handed(IOperation? operation)
    {
        var handed = operation?.DescendantsAndSelf().SelectMany(part => part switch
        {
            IInvocationOperation call when PureCalls.IsModuleForward(call) => CalleeMemory.ArgumentsIn(call, CalleeMemory.Of(call).Leaves),
            IInvocationOperation { TargetMethod.ContainingAssembly.Name: "TorchSharp" } call =>
                PureCalls.FillsWhatItGets(call) || KnownSymbols.IsModule(call.Instance?.Type) ? part.ChildOperations : PureCalls.Outs(call),
            IInvocationOperation call when !PureCalls.IsPure(call) => part.ChildOperations,
            IObjectCreationOperation creation when !PureCreations.IsPure(creation) => part.ChildOperations,
            IBinaryOperation { OperatorMethod: { ContainingAssembly.Name: not "TorchSharp" } method } when !PureCalls.IsMarked(method) => part.ChildOperations,
            ICompoundAssignmentOperation { OperatorMethod.IsStatic: false } => part.ChildOperations,
            IDynamicInvocationOperation or IFunctionPointerInvocationOperation => part.ChildOperations,
            _ => (IEnumerable<IOperation>)[],
        }) ?? [];
        var raw = operation?.DescendantsAndSelf().Select(RawMemory.GivenBy).OfType<IOperation>() ?? [];
        return handed.Concat(raw).Concat(InPlaceWrites.Of(operation).Select(write => write.Target))
            .SelectMany(MemorySources.Possible)
            .Select(source => (Outside, source));
    }

    private IEnumerable<(string Target, string Source)> Declarations(IVariableDeclarationGroupOperation group) =>
        group.Declarations.SelectMany(declaration => declaration.Declarators)
            .SelectMany(declarator => _sources(declarator.GetVariableInitializer()?.Value).Select(source => (declarator.Symbol.Name, source)));

    private IEnumerable<(string Target, string Source)> Assignment(IOperation target, IOperation value)
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
            ILocalReferenceOperation local => _sources(value).Select(source => (local.Local.Name, source)),
            IParameterReferenceOperation parameter when KnownSymbols.IsVariable(parameter.Parameter) =>
                _sources(value).Select(source => (parameter.Parameter.Name, source)),
            IDiscardOperation => [],
            _ => _sources(value).Select(source => (Outside, source)),
        };
    }
}
