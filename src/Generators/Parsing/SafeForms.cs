using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Finds the method of TensorArithmetic that has the value of an operation of TorchSharp's.</summary>
internal static class SafeForms
{
    // What an operation's operands are: t a tensor, n a number.
    private static readonly Dictionary<(string Name, string Operands), string> s_methods = new()
    {
        [("add", "tt")] = "Plus",
        [("add", "tn")] = "Plus",
        [("sub", "tn")] = "Minus",
        [("mul", "tn")] = "Times",
        [("div", "tn")] = "Over",
        [("add_", "tt")] = "Plus_",
        [("add_", "tn")] = "Plus_",
        [("mul_", "tn")] = "Times_",
        [("clamp", "tnn")] = "Clamped",
        [("clamp_", "tnn")] = "Clamp_",
        [("square", "t")] = "Squared",
        [("masked_fill", "ttn")] = "Masked",
        [("masked_fill_", "ttn")] = "Mask_",
        [("eq", "tn")] = "IsEqual",
        [("lt", "tn")] = "IsLess",
        [("le", "tn")] = "IsAtMost",
        [("gt", "tn")] = "IsGreater",
    };

    /// <summary>Null where there is none.</summary>
    public static SafeForm? Of(IOperation operation) => operation switch
    {
        IBinaryOperation binary => OfOperator(binary.OperatorKind, binary.LeftOperand, binary.RightOperand),
        ICompoundAssignmentOperation { OperatorMethod: not null } compound when IsVariable(compound.Target) && IsTensor(compound.Target) =>
            OfOperator(compound.OperatorKind, compound.Target, compound.Value),
        IInvocationOperation call => OfCall(call),
        _ => null,
    };

    private static SafeForm? OfOperator(BinaryOperatorKind kind, IOperation left, IOperation right)
    {
        var name = kind switch
        {
            BinaryOperatorKind.Add => "Plus",
            BinaryOperatorKind.Subtract => "Minus",
            BinaryOperatorKind.Multiply => "Times",
            BinaryOperatorKind.Divide => "Over",
            BinaryOperatorKind.Equals => "IsEqual",
            BinaryOperatorKind.LessThan => "IsLess",
            BinaryOperatorKind.LessThanOrEqual => "IsAtMost",
            BinaryOperatorKind.GreaterThan => "IsGreater",
            _ => null,
        };
        var isArithmetic = name is "Plus" or "Minus" or "Times" or "Over";
        return name is null ? null
            : IsTensor(left) ? (isArithmetic && IsTensor(right)) || IsNumber(right) ? new SafeForm(name) : null
            : !isArithmetic || !IsNumber(left) || !IsTensor(right) ? null
            : name is "Minus" or "Over" ? new SafeForm(name, Cast: CastOf(left))
            : CanMove(left) ? new SafeForm(name, Swapped: true)
            : null;
    }

    private static SafeForm? OfCall(IInvocationOperation call)
    {
        var given = call.Arguments.Where(argument => argument.ArgumentKind == ArgumentKind.Explicit).ToList();
        var method = call.TargetMethod;
        if (!IsTorchs(method))
        {
            return null;
        }

        if (method is { Name: "full", IsStatic: true })
        {
            return IsFull(given) ? new SafeForm("Full", IsStatic: true) : null;
        }

        if (given.Any(argument => argument.Syntax is ArgumentSyntax { NameColon: not null }))
        {
            return null;
        }

        IOperation[] operands = [.. call.Instance is null ? [] : new[] { call.Instance }, .. given.Select(argument => argument.Value)];
        var kinds = string.Concat(operands.Select(operand => IsTensor(operand) ? 't' : IsNumber(operand) ? 'n' : '?'));
        return s_methods.TryGetValue((method.Name, kinds), out var safe)
            ? new SafeForm(safe, IsStatic: call.Instance is null && call.Syntax is InvocationExpressionSyntax && !method.IsExtensionMethod)
            : null;
    }

    // Not an author's method of the same name.
    private static bool IsTorchs(IMethodSymbol method) =>
        method.ContainingAssembly?.Name == "TorchSharp" && (KnownSymbols.IsTensor(method.ContainingType) || method.ContainingType.Name == "torch");

    // Full takes shape, value, type and device, in this order and by these names.
    private static bool IsFull(List<IArgumentOperation> given) =>
        given.Count >= 2
        && given.Take(2).All(argument => argument.Syntax is ArgumentSyntax { NameColon: null })
        && given[0].Syntax is ArgumentSyntax { Expression: var shape }
        && (shape is CollectionExpressionSyntax || Unconverted(given[0].Value).Type is IArrayTypeSymbol { ElementType.SpecialType: SpecialType.System_Int64 })
        && IsNumber(given[1].Value)
        && given.Skip(2).All(argument => argument.Parameter?.Name is "dtype" or "device");

    // The number is read after the tensor then.
    private static bool CanMove(IOperation number) => Unconverted(number) is { ConstantValue.HasValue: true } or ILocalReferenceOperation
        or IParameterReferenceOperation or IFieldReferenceOperation or IPropertyReferenceOperation { Arguments.IsEmpty: true };

    private static bool IsVariable(IOperation target) => target is ILocalReferenceOperation or IParameterReferenceOperation
        or IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation }
        or IPropertyReferenceOperation { Instance: null or IInstanceReferenceOperation, Arguments.IsEmpty: true };

    private static string? CastOf(IOperation number) => Unconverted(number).Type!.SpecialType switch
    {
        SpecialType.System_Int32 or SpecialType.System_Int64 or SpecialType.System_Double => null,
        SpecialType.System_Single => "double",
        _ => "long",
    };

    private static bool IsNumber(IOperation operand) => Unconverted(operand).Type?.SpecialType is SpecialType.System_Byte or SpecialType.System_SByte
        or SpecialType.System_Int16 or SpecialType.System_UInt16 or SpecialType.System_Int32 or SpecialType.System_UInt32
        or SpecialType.System_Int64 or SpecialType.System_Single or SpecialType.System_Double;

    private static bool IsTensor(IOperation operand)
    {
        for (var type = Unconverted(operand).Type; type is not null; type = type.BaseType)
        {
            if (KnownSymbols.IsTensor(type))
            {
                return true;
            }
        }

        return false;
    }

    private static IOperation Unconverted(IOperation operand)
    {
        while (operand is IConversionOperation { IsImplicit: true } conversion)
        {
            operand = conversion.Operand;
        }

        return operand;
    }
}
