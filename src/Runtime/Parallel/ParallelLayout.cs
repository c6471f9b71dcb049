namespace Afterimage;

/// <summary>How the ranks of a <see cref="Communicator"/> share the forwards of a model: rank <c>g · Sequence + s</c> computes part s of the tokens of guidance branch g.</summary>
/// <param name="Guidance">2: each half of the ranks computes one branch of classifier-free guidance, the unconditional one first. 1: all compute both.</param>
/// <param name="Sequence">Over how many ranks the tokens are split. Source: DeepSpeed-Ulysses, arXiv 2309.14509.</param>
public sealed record ParallelLayout(int Guidance = 1, int Sequence = 1)
{
    /// <summary>How many ranks it takes.</summary>
    public int Ranks => Guidance * Sequence;

    /// <summary>As <c>guidance=2,sequence=2</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"guidance={Guidance},sequence={Sequence}");

    /// <summary>Checks it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    internal void Validate()
    {
        if (Guidance is not (1 or 2))
            throw new ArgumentOutOfRangeException(nameof(Guidance), Guidance, "Guidance has two branches: expected 1 or 2.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Sequence, 1);
    }
}
