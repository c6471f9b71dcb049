using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>What a call of the module that an expression names does with its arguments: read from where it is made, or from its type.</summary>
/// <param name="callees">The compilation's answers.</param>
/// <param name="called">The <c>forward</c> or <c>call</c> that is called.</param>
/// <param name="judging">The question that this is part of.</param>
internal sealed class ModuleMemory(CalleeMemory callees, IMethodSymbol called, CalleeMemory.Judging judging)
{
    public MemoryEffects Of(IOperation? module) => module switch
    {
        null or ILiteralOperation or IThrowOperation or IDefaultValueOperation => MemoryEffects.None,
        IConversionOperation conversion => Of(conversion.Operand),
        IParenthesizedOperation parenthesized => Of(parenthesized.Operand),
        IConditionalOperation conditional => Of(conditional.WhenTrue) | Of(conditional.WhenFalse),
        ICoalesceOperation coalesce => Of(coalesce.Value) | Of(coalesce.WhenNull),
        ISwitchExpressionOperation choice => OfAll(choice.Arms.Select(arm => arm.Value)),
        ISimpleAssignmentOperation assignment => Of(assignment.Value),
        IConditionalAccessInstanceOperation instance => Of(MemorySources.Receiver(instance)),
        _ when OfDeclaredType(module.Type) is var byType && byType != MemoryEffects.Unknown => byType,
        IFieldReferenceOperation field => OfMember(field.Field),
        IPropertyReferenceOperation { Property.IsIndexer: true } element => OfElements(element.Instance),
        IPropertyReferenceOperation property => OfMember(property.Property),
        IArrayElementReferenceOperation element => OfElements(element.ArrayReference),
        IObjectCreationOperation { Type: INamedTypeSymbol type } creation => IsSequential(type) ? OfSequence(creation.Arguments) : OfExactType(type),
        IInvocationOperation call => OfMade(call),
        _ => MemoryEffects.Unknown,
    };

    private MemoryEffects OfMember(ISymbol member) => callees.IsSource(member)
        ? callees.Judge(member, called, judging, () => Constructions.Of(member, callees, judging) is { Count: > 0 } values
            ? OfAll(values)
            : MemoryEffects.Unknown)
        : MemoryEffects.Unknown;

    private MemoryEffects OfAll(IEnumerable<IOperation> modules) => modules.Aggregate(MemoryEffects.None, (all, module) => all | Of(module));

    private MemoryEffects OfElements(IOperation? container) => container switch
    {
        IConversionOperation conversion => OfElements(conversion.Operand),
        IFieldReferenceOperation { Field: var field } when callees.IsSource(field) && Constructions.Of(field, callees, judging) is { Count: > 0 } values =>
            values.Aggregate(MemoryEffects.None, (all, value) => all | OfElements(value)),
        IInvocationOperation { TargetMethod: { ContainingAssembly.Name: "TorchSharp", ReturnType.Name: "ModuleList" } } call
            when Constructions.Elements(call.Arguments) is { } elements => OfAll(elements),
        IObjectCreationOperation { Type: { Name: "ModuleList", ContainingAssembly.Name: "TorchSharp" } } creation
            when Constructions.Elements(creation.Arguments) is { } elements => OfAll(elements),
        IArrayCreationOperation or ICollectionExpressionOperation when Constructions.Elements(container) is { } elements =>
            OfAll(elements),
        _ => MemoryEffects.Unknown,
    };

    // What holds for every object that an expression of this type can be.
    private MemoryEffects OfDeclaredType(ITypeSymbol? type) => type switch
    {
        INamedTypeSymbol { IsSealed: true } exact => OfExactType(exact),
        INamedTypeSymbol named when CalleeMemory.FindForward(named, called) is { } forward && PureCalls.IsMarked(forward) => MemoryEffects.None,
        _ => MemoryEffects.Unknown,
    };

    private MemoryEffects OfExactType(INamedTypeSymbol type)
    {
        if (TorchModules.IsTorchModule(type))
        {
            return TorchModules.Of(type);
        }

        return CalleeMemory.FindForward(type, called) switch
        {
            null => MemoryEffects.Unknown,
            var forward when PureCalls.IsMarked(forward) => MemoryEffects.None,
            var forward when TorchModules.IsTorchModule(forward.ContainingType) => TorchModules.Of(forward.ContainingType),
            var forward when callees.IsSource(forward) => callees.OfMethod(forward, type, judging),
            _ => MemoryEffects.Unknown,
        };
    }

    private MemoryEffects OfMade(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (call.Type is INamedTypeSymbol type && TorchModules.IsTorchModule(type) && KnownSymbols.IsInTorch(method.ContainingType))
        {
            return IsSequential(type) ? OfSequence(call.Arguments) : TorchModules.Made(call, type);
        }

        return callees.IsSource(method) && method is { IsAbstract: false, IsVirtual: false, IsOverride: false }
            ? callees.Judge(method, called, judging, () => Constructions.Returned(method, callees, judging) is { Count: > 0 } values
                ? OfAll(values)
                : MemoryEffects.Unknown)
            : MemoryEffects.Unknown;
    }

    // Only what gets the argument itself can write into it: all up to the first that returns memory of its own.
    private MemoryEffects OfSequence(IEnumerable<IArgumentOperation> arguments)
    {
        if (Constructions.Elements(arguments) is not { } elements)
        {
            return MemoryEffects.Unknown;
        }

        var effects = MemoryEffects.None with { Returns = 1 };
        foreach (var element in elements)
        {
            var next = Of(element);
            effects = (effects | next) with { Returns = next.Returns };
            if (next.Returns == 0)
            {
                break;
            }
        }

        return effects;
    }

    private static bool IsSequential(INamedTypeSymbol type) => TorchModules.IsTorchModule(type) && type is { Name: "Sequential", Arity: 0 };
}
