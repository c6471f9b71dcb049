using System.Collections;
using System.Collections.Immutable;

namespace Afterimage.Configuration;

/// <summary>Identifiers as a value: a copy that equals every list of the same strings, which makes configs comparable.</summary>
internal sealed class IdentifierList(ImmutableArray<string> identifiers) : IReadOnlyList<string>, IEquatable<IdentifierList>
{
    public int Count => identifiers.Length;

    public string this[int index] => identifiers[index];

    public static IdentifierList? From(IReadOnlyList<string>? identifiers) =>
        identifiers is null or IdentifierList ? (IdentifierList?)identifiers : new([.. identifiers]);

    public bool Equals(IdentifierList? other) => other is not null && this.SequenceEqual(other);

    public override bool Equals(object? obj) => Equals(obj as IdentifierList);

    public override int GetHashCode() => identifiers.Aggregate(identifiers.Length, HashCode.Combine);

    public override string ToString() => $"[{string.Join(", ", identifiers)}]";

    public IEnumerator<string> GetEnumerator() => identifiers.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
