namespace Afterimage.Generators.Model;

/// <summary>The sequences of a model that ranks can share.</summary>
/// <param name="Points">Where they are split and put together, in the order of statements.</param>
/// <param name="Shards">The name of the field that calls the author's body with these points.</param>
/// <param name="Forward">The name of the method that is.</param>
internal sealed record SequenceSpec(EquatableArray<SequencePoint> Points, string Shards, string Forward);

/// <summary>What is done after a statement.</summary>
/// <param name="Statement">Its index.</param>
/// <param name="Method">The method of <c>SequenceShards</c>.</param>
/// <param name="Variable">The variable that goes through it.</param>
/// <param name="Declared">The statement that declares it.</param>
/// <param name="Sequences">The names of the sequences whose rows it has.</param>
internal sealed record SequencePoint(int Statement, string Method, string Variable, int Declared, EquatableArray<string> Sequences);
