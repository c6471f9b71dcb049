using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>
/// Follows the memory of a method's parameters through its body: in order where statements run once, and until nothing is added
/// where they may run any number of times. What variables hold and methods return are sets of parameters.
/// </summary>
internal sealed partial class BodyMemory
{
    private readonly Dictionary<ISymbol, uint> _holds = new(SymbolEqualityComparer.Default);
    private readonly CallMemory _calls;
    private readonly uint _this;
    private MemoryEffects _effects;
    private uint _accessed;
    private int _branches;
    private int _functions;

    private BodyMemory(CalleeMemory callees, IMethodSymbol method, ITypeSymbol? self, CalleeMemory.Judging judging)
    {
        _calls = new CallMemory(callees, self, judging);
        // What a module holds is its own.
        _this = method.IsStatic || KnownSymbols.IsModule(method.ContainingType) ? 0 : 1u << MemoryEffects.Receiver;
        // The body of a generic method names those of its definition.
        foreach (var parameter in method.OriginalDefinition.Parameters)
        {
            _holds[parameter] = FreshValues.CannotHoldTensors(parameter.Type) ? 0 : 1u << Math.Min(parameter.Ordinal, MemoryEffects.Receiver);
        }
    }

    public static MemoryEffects Of(CalleeMemory callees, IMethodSymbol method, ITypeSymbol? self, IOperation body, CalleeMemory.Judging judging)
    {
        var memory = new BodyMemory(callees, method, self, judging);
        if (body.Descendants().Any(part => part is IAnonymousFunctionOperation or ILocalFunctionOperation or ILabeledOperation))
        {
            // Such code runs in an order of its own.
            memory.Repeat(body);
        }
        else
        {
            memory.Children(body);
        }

        return memory._effects;
    }

    // What the value of an operation may share memory with.
    private uint Value(IOperation? operation)
    {
        if (operation is null)
        {
            return 0;
        }

        var shared = Shared(operation);
        return FreshValues.CannotHoldTensors(operation.Type) ? 0 : shared;
    }

    private uint Shared(IOperation operation)
    {
        switch (operation)
        {
            case ILocalReferenceOperation local:
                return Held(local.Local);
            case IParameterReferenceOperation parameter:
                return Held(parameter.Parameter);
            case IInstanceReferenceOperation:
                return _this;
            case IConditionalAccessInstanceOperation:
                return _accessed;
            case IVariableDeclaratorOperation declarator:
                Assign(declarator.Symbol, Value(declarator.GetVariableInitializer()?.Value));
                return 0;
            case ICompoundAssignmentOperation compound:
                return Compound(compound);
            case IDeconstructionAssignmentOperation assignment:
                return Deconstruct(assignment.Target, assignment.Value);
            case IAssignmentOperation assignment:
                return Store(assignment.Target, Value(assignment.Value), assignment is ICoalesceAssignmentOperation);
            case IReturnOperation returned:
                var value = Value(returned.ReturnedValue);
                _effects = _functions > 0 ? _effects : _effects with { Returns = _effects.Returns | value };
                return 0;
            case IInvocationOperation call:
                return Call(call);
            case IBinaryOperation or IUnaryOperation when FreshValues.IsFresh(operation):
                Children(operation);
                return 0;
            case IForEachLoopOperation loop:
                foreach (var local in loop.Locals)
                {
                    AssignPerhaps(local, Value(loop.Collection));
                }

                return Repeat(loop);
            case ILoopOperation:
                return Repeat(operation);
            case IAnonymousFunctionOperation or ILocalFunctionOperation:
                return Function(operation);
            case IConditionalAccessOperation access:
                return Access(access);
            case IConditionalOperation conditional:
                Value(conditional.Condition);
                return Perhaps(conditional.WhenTrue) | Perhaps(conditional.WhenFalse);
            case ICoalesceOperation coalesce:
                return Value(coalesce.Value) | Perhaps(coalesce.WhenNull);
            case IIsPatternOperation match:
                Declare(match.Pattern, Value(match.Value));
                return 0;
            case ISwitchExpressionOperation choice:
                Declare(choice, Value(choice.Value));
                return choice.Arms.Aggregate(0u, (all, arm) => all | Perhaps(arm));
            case ISwitchOperation choice:
                Declare(choice, Value(choice.Value));
                return Perhaps(choice, Children);
            case ITryOperation:
                return Perhaps(operation, Children);
            case IObjectCreationOperation creation:
                return Create(creation);
            case IDynamicInvocationOperation or IFunctionPointerInvocationOperation or IDynamicObjectCreationOperation:
                var handed = Children(operation);
                _effects |= MemoryEffects.None with { Hands = handed };
                return handed;
            case INameOfOperation or ITypeOfOperation:
                return 0;
            default:
                return Children(operation);
        }
    }

    private uint Children(IOperation operation)
    {
        var all = 0u;
        foreach (var child in operation.ChildOperations)
        {
            all |= Value(child);
        }

        return all;
    }

    private uint Perhaps(IOperation? operation) => operation is null ? 0 : Perhaps(operation, Value);

    private uint Perhaps(IOperation operation, Func<IOperation, uint> read)
    {
        _branches++;
        var value = read(operation);
        _branches--;
        return value;
    }

    // Sets only grow in here, so this ends.
    private uint Repeat(IOperation operation)
    {
        _branches++;
        uint all, before, after;
        do
        {
            before = Size();
            all = Children(operation);
            after = Size();
        }
        while (after != before);
        _branches--;
        return all;
    }

    private uint Size() => (uint)_holds.Values.Sum(held => Count(held));

    private static int Count(uint bits)
    {
        var count = 0;
        for (; bits != 0; bits &= bits - 1)
        {
            count++;
        }

        return count;
    }

    // Whoever calls it may give it anything.
    private uint Function(IOperation function)
    {
        var symbol = function is IAnonymousFunctionOperation anonymous ? anonymous.Symbol : ((ILocalFunctionOperation)function).Symbol;
        foreach (var parameter in symbol.Parameters)
        {
            _holds[parameter] = FreshValues.CannotHoldTensors(parameter.Type) ? 0 : uint.MaxValue;
        }

        _functions++;
        Repeat(function);
        _functions--;
        return function.Descendants().Aggregate(0u, (all, part) => all | part switch
        {
            ILocalReferenceOperation local => Held(local.Local),
            IParameterReferenceOperation parameter when !symbol.Parameters.Contains(parameter.Parameter, SymbolEqualityComparer.Default) => Held(parameter.Parameter),
            _ => 0,
        });
    }

    private uint Access(IConditionalAccessOperation access)
    {
        var outer = _accessed;
        _accessed = Value(access.Operation);
        var value = Perhaps(access.WhenNotNull);
        _accessed = outer;
        return value;
    }

    private void Declare(IOperation patterns, uint value)
    {
        foreach (var pattern in patterns.DescendantsAndSelf())
        {
            var declared = pattern switch
            {
                IDeclarationPatternOperation declaration => declaration.DeclaredSymbol,
                IRecursivePatternOperation recursive => recursive.DeclaredSymbol,
                IListPatternOperation list => list.DeclaredSymbol,
                _ => null,
            };
            if (declared is not null)
            {
                AssignPerhaps(declared, value);
            }
        }
    }

    private uint Compound(ICompoundAssignmentOperation assignment)
    {
        var (target, value) = (Value(assignment.Target), Value(assignment.Value));
        if (assignment.OperatorMethod is { IsStatic: false })
        {
            _effects |= MemoryEffects.None with { Hands = target | value };
            return target | value;
        }

        return Store(assignment.Target, assignment.OperatorMethod is { ContainingAssembly.Name: "TorchSharp" } ? 0 : target | value, perhaps: false);
    }

    private uint Deconstruct(IOperation target, IOperation value)
    {
        while (value is IConversionOperation conversion)
        {
            value = conversion.Operand;
        }

        if (target is IDeclarationExpressionOperation declaration)
        {
            return Deconstruct(declaration.Expression, value);
        }

        if (target is ITupleOperation targets && value is ITupleOperation values && targets.Elements.Length == values.Elements.Length)
        {
            var held = values.Elements.Select(Value).ToArray();
            return targets.Elements.Select((element, i) => Store(element, held[i], perhaps: false)).Aggregate(0u, (all, one) => all | one);
        }

        return Store(target, Value(value), perhaps: false);
    }

    // Gives a value to a target, and returns it.
    private uint Store(IOperation target, uint value, bool perhaps)
    {
        switch (target)
        {
            case ILocalReferenceOperation local:
                Assign(local.Local, perhaps ? value | Held(local.Local) : value);
                break;
            case IParameterReferenceOperation { Parameter: var parameter } when _holds.ContainsKey(parameter):
                Assign(parameter, perhaps ? value | Held(parameter) : value);
                _effects |= MemoryEffects.None with { Keeps = parameter.RefKind == RefKind.None ? 0 : value };
                break;
            case IDeclarationExpressionOperation declaration:
                return Store(declaration.Expression, value, perhaps);
            case ITupleOperation tuple:
                foreach (var element in tuple.Elements)
                {
                    Store(element, value, perhaps);
                }

                break;
            case IDiscardOperation:
                break;
            case IPropertyReferenceOperation { Instance: { } owner } property when RawMemory.IsWrittenThrough(property):
                Children(property);
                _effects |= MemoryEffects.None with { Writes = Value(owner) };
                break;
            case IPropertyReferenceOperation { Instance: { } owner } when KnownSymbols.IsTensor(owner.Type):
                // Settings of the tensor, not its elements.
                Value(owner);
                break;
            case IArrayElementReferenceOperation or IPropertyReferenceOperation or IFieldReferenceOperation:
                Children(target);
                Put(target, value);
                break;
            default:
                _effects |= MemoryEffects.None with { Writes = Value(target), Keeps = value };
                break;
        }

        return value;
    }

    // Into an object: what a local holds grows, and anything else outlives the call.
    private void Put(IOperation? place, uint value)
    {
        while (place is IArrayElementReferenceOperation or IPropertyReferenceOperation or IFieldReferenceOperation or IConversionOperation)
        {
            place = place switch
            {
                IArrayElementReferenceOperation element => element.ArrayReference,
                IPropertyReferenceOperation property => property.Instance,
                IFieldReferenceOperation field => field.Instance,
                _ => ((IConversionOperation)place).Operand,
            };
        }

        if (place is ILocalReferenceOperation local)
        {
            _effects |= MemoryEffects.None with { Keeps = Held(local.Local) != 0 ? value : 0 };
            AssignPerhaps(local.Local, value);
        }
        else
        {
            _effects |= MemoryEffects.None with { Keeps = value };
        }
    }

    // What a constructor keeps is in the new object, whose memory is that of all it got.
    private uint Create(IObjectCreationOperation creation)
    {
        var held = Children(creation);
        var effects = held == 0 || creation.Constructor is null ? MemoryEffects.None : _calls.Of(creation);
        _effects |= new MemoryEffects(effects.Writes == 0 ? 0 : held, effects.Hands == 0 ? 0 : held, 0, 0);
        return held;
    }

    private uint Call(IInvocationOperation call)
    {
        var receiver = Value(call.Instance);
        var arguments = call.Arguments.Select(argument => (Parameter: argument.Parameter?.Ordinal ?? 0, Shares: Value(argument.Value))).ToArray();
        var effects = _calls.Of(call);
        var here = new MemoryEffects(Among(effects.Writes), Among(effects.Hands), 0, 0);
        var kept = Among(effects.Keeps);
        _effects |= here;
        if (kept != 0)
        {
            Put(call.Instance, kept);
        }

        var all = arguments.Aggregate(receiver, (sum, argument) => sum | argument.Shares);
        foreach (var argument in call.Arguments.Where(argument => argument.Parameter?.RefKind is RefKind.Ref or RefKind.Out))
        {
            Store(argument.Value, all, perhaps: true);
        }

        return Among(effects.Returns);

        uint Among(uint parameters) => arguments.Aggregate(
            MemoryEffects.Has(parameters, MemoryEffects.Receiver) ? receiver : 0,
            (sum, argument) => MemoryEffects.Has(parameters, argument.Parameter) ? sum | argument.Shares : sum);
    }

    private uint Held(ISymbol variable) => _holds.TryGetValue(variable, out var held) ? held : 0;

    private void Assign(ISymbol variable, uint value)
    {
        if (_branches > 0)
        {
            AssignPerhaps(variable, value);
        }
        else
        {
            _holds[variable] = value;
        }
    }

    private void AssignPerhaps(ISymbol variable, uint value) => _holds[variable] = Held(variable) | value;
}
