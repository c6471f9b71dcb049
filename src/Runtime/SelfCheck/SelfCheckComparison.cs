namespace Afterimage;

/// <summary>One forward, or run of forwards, compared with the author's body on the same input.</summary>
/// <param name="Name">What ran.</param>
/// <param name="Reused">The sites that were reused, by their full names.</param>
/// <param name="Fault">The first thing that was not as the body has it.</param>
/// <param name="LargestDifference">
/// The largest absolute difference of two elements of the tensors that differ; NaN where one is not a number or the shapes differ, 0 where
/// nothing differs.
/// </param>
public sealed record SelfCheckComparison(string Name, IReadOnlyList<string> Reused, SelfCheckFault Fault, double LargestDifference)
{
    /// <summary>Where to look, or <see langword="null"/> where nothing is wrong.</summary>
    public string? Remedy => Fault switch
    {
        SelfCheckFault.None => null,
        SelfCheckFault.NotRepeatable =>
            "The body draws random numbers, or keeps something from one call to the next. Call eval(), and make a forward depend on its input alone.",
        SelfCheckFault.InputsWritten =>
            "The model writes into its inputs, which a sampler goes on with. Use the forms that return new tensors, or write into a copy.",
        SelfCheckFault.HistoryWritten =>
            "Something wrote into the value that the site handed out. Look for [NoSideEffects] on what works in place, and for hooks that do.",
        SelfCheckFault.RandomStateDiffers =>
            "A module that is left out draws random numbers. Call eval(), or draw in a statement of its own, which stays.",
        _ =>
            "Something that is left out writes into what stays: an argument of the site or of what feeds it, or memory that its result shares. "
            + "Look for in-place operations, modules with inplace, sites that return their input, and [NoSideEffects] that is not true.",
    };
}
