using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>What a call inside a method does with the memory of its receiver and arguments.</summary>
/// <param name="callees">The compilation's answers.</param>
/// <param name="self">The type of the object that the method runs on.</param>
/// <param name="judging">The question that this is part of.</param>
internal sealed class CallMemory(CalleeMemory callees, ITypeSymbol? self, CalleeMemory.Judging judging)
{
    private const uint All = uint.MaxValue;

    public MemoryEffects Of(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (PureCalls.IsMarked(method))
        {
            return MemoryEffects.None;
        }

        if (PureCalls.IsModuleForward(call))
        {
            return callees.OfModuleCall(call, judging);
        }

        if (method.ContainingAssembly?.Name == "TorchSharp")
        {
            return OfTorch(call);
        }

        if (callees.IsSource(method))
        {
            return Overriding(method, call.Instance) is { } runs ? callees.OfMethod(runs, self, judging) : MemoryEffects.Unknown;
        }

        return IsSystem(method) ? OfSystem(call) : MemoryEffects.Unknown;
    }

    public MemoryEffects Of(IObjectCreationOperation creation)
    {
        var constructor = creation.Constructor!;
        return PureCreations.IsPure(creation) || constructor.ContainingAssembly?.Name == "TorchSharp" || IsSystem(constructor) ? MemoryEffects.None
            : callees.IsSource(constructor) ? callees.OfMethod(constructor, constructor.ContainingType, judging)
            : MemoryEffects.Unknown;
    }

    private MemoryEffects OfTorch(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (method is { Name: "forward" or "call" } && call.Instance is IInstanceReferenceOperation && KnownSymbols.IsModule(method.ContainingType))
        {
            return OwnForward(method);
        }

        if (PureCalls.IsInPlace(call))
        {
            return new(Written(call), 0, 0, All);
        }

        if (PureCalls.IsPure(call))
        {
            return FreshValues.IsFresh(call) ? MemoryEffects.None : MemoryEffects.Reads;
        }

        return PureCalls.FillsWhatItGets(call) || PureCalls.Outs(call).Any() ? new(All, 0, 0, All)
            // A module registers what it gets.
            : KnownSymbols.IsModule(call.Instance?.Type) ? new(0, 0, All, All)
            : MemoryEffects.Reads;
    }

    private MemoryEffects OwnForward(IMethodSymbol method) =>
        CalleeMemory.FindForward(self, method) is not { } found || !callees.IsSource(found) ? MemoryEffects.Unknown
            : PureCalls.IsMarked(found) ? MemoryEffects.None
            : callees.OfMethod(found, self, judging);

    private static uint Written(IInvocationOperation call) =>
        call.Instance is not null ? 1u << MemoryEffects.Receiver : 1;

    // The method that really runs; null where that is not known.
    private IMethodSymbol? Overriding(IMethodSymbol method, IOperation? receiver)
    {
        if (method is { IsAbstract: false, IsVirtual: false, IsOverride: false } || method.IsSealed)
        {
            return method;
        }

        var type = receiver is IInstanceReferenceOperation ? self : receiver?.Type is { IsSealed: true } or { IsValueType: true } ? receiver.Type : null;
        for (; type is not null; type = type.BaseType)
        {
            foreach (var candidate in type.GetMembers(method.Name).OfType<IMethodSymbol>())
            {
                for (var current = candidate; current is not null; current = current.OverriddenMethod)
                {
                    if (SymbolEqualityComparer.Default.Equals(current.OriginalDefinition, method.OriginalDefinition))
                    {
                        return candidate.IsAbstract ? null : candidate;
                    }
                }
            }
        }

        return null;
    }

    private static bool IsSystem(IMethodSymbol method)
    {
        var ns = method.ContainingNamespace;
        while (ns is { ContainingNamespace.IsGlobalNamespace: false })
        {
            ns = ns.ContainingNamespace;
        }

        return ns is { Name: "System" } && method.MethodKind != MethodKind.DelegateInvoke;
    }

    // .NET's own methods know no tensor: they keep references in their receiver, or write through raw memory.
    private static MemoryEffects OfSystem(IInvocationOperation call)
    {
        var raw = RawMemory.Is(call.Instance?.Type) ? 1u << MemoryEffects.Receiver : 0;
        foreach (var argument in call.Arguments.Where(argument => RawMemory.Is(argument.Value.Type)))
        {
            raw |= 1u << Math.Min(argument.Parameter?.Ordinal ?? 0, MemoryEffects.Receiver);
        }

        var holds = call.Instance is { Type: not { SpecialType: SpecialType.System_Object } } and not IInstanceReferenceOperation ? All >> 1 : 0;
        return new(0, raw, holds & ~raw, All);
    }
}
