using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <content>A loop on its own, which takes the variables from outside of it for parameters.</content>
internal sealed partial class BodyMemory
{
    // What a module holds is its own.
    private BodyMemory(CalleeMemory callees, IReadOnlyList<ISymbol> variables, CalleeMemory.Judging judging)
    {
        _calls = new CallMemory(callees, self: null, judging);
        for (var i = 0; i < variables.Count; i++)
        {
            _holds[variables[i]] = FreshValues.CannotHoldTensors(StackLoops.TypeOf(variables[i])) ? 0 : 1u << Math.Min(i, MemoryEffects.Receiver);
        }
    }

    /// <summary>Of a loop in a module's method.</summary>
    public static MemoryEffects Of(CalleeMemory callees, ILoopOperation loop, IReadOnlyList<ISymbol> variables, CalleeMemory.Judging judging)
    {
        var memory = new BodyMemory(callees, variables, judging);
        if (loop.Descendants().Any(part => part is IBranchOperation or IAnonymousFunctionOperation))
        {
            // A round may end in the middle.
            memory.Value(loop);
        }
        else
        {
            memory.Rounds(loop);
        }

        return memory._effects;
    }

    // Each in order, from what variables held before any of them, until one adds nothing to that.
    private void Rounds(ILoopOperation loop)
    {
        IOperation[] once = [.. (loop as IForLoopOperation)?.Before ?? []];
        foreach (var operation in once)
        {
            Value(operation);
        }

        uint size;
        do
        {
            size = Size();
            var before = _holds.ToArray();
            if (loop is IForEachLoopOperation each)
            {
                foreach (var local in each.Locals)
                {
                    Assign(local, Value(each.Collection));
                }
            }

            foreach (var operation in loop.ChildOperations.Except(once))
            {
                Value(operation);
            }

            foreach (var held in before)
            {
                AssignPerhaps(held.Key, held.Value);
            }
        }
        while (Size() != size);
    }
}
