namespace Afterimage;

/// <summary>
/// Marks what has a row for each token of sequences that are marked <see cref="SequenceParallelAttribute"/>, and is split as they are: a local variable whose type is an
/// <see cref="ISequencePositions{TSelf}"/>.
/// </summary>
/// <param name="variable">Its name.</param>
/// <param name="sequences">The names of the sequences, in the order of the rows.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class SequencePositionsAttribute(string variable, params string[] sequences) : Attribute
{
    /// <summary>The name of the variable.</summary>
    public string Variable { get; } = variable;

    /// <summary>The names of the sequences.</summary>
    public IReadOnlyList<string> Sequences { get; } = sequences;
}
