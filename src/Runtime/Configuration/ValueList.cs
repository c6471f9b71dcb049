using System.Collections;
using System.Collections.Immutable;
using System.Globalization;

namespace Afterimage.Configuration;

/// <summary>A list as a value: a copy that equals every list of the same items, which makes configs comparable.</summary>
internal sealed class ValueList<T>(ImmutableArray<T> items) : IReadOnlyList<T>, IEquatable<ValueList<T>>
{
    public int Count => items.Length;

    public T this[int index] => items[index];

    public static ValueList<T>? From(IReadOnlyList<T>? items) => items is null or ValueList<T> ? (ValueList<T>?)items : new([.. items]);

    public bool Equals(ValueList<T>? other) => other is not null && this.SequenceEqual(other);

    public override bool Equals(object? obj) => Equals(obj as ValueList<T>);

    public override int GetHashCode() => items.Aggregate(items.Length, HashCode.Combine);

    public override string ToString() => $"[{string.Join(", ", items.Select(item => Convert.ToString(item, CultureInfo.InvariantCulture)))}]";

    public IEnumerator<T> GetEnumerator() => items.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
