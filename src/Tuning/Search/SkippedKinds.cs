namespace Afterimage.Tuning;

/// <summary>Which kinds of site a step skips.</summary>
/// <param name="Bits">A bit for each <see cref="SiteKind"/>.</param>
internal readonly record struct SkippedKinds(int Bits)
{
    /// <summary>Everything is computed.</summary>
    public static SkippedKinds None { get; } = new(0);

    /// <summary>The kinds.</summary>
    public static SkippedKinds Of(params ReadOnlySpan<SiteKind> kinds)
    {
        var bits = 0;
        foreach (var kind in kinds)
            bits |= 1 << (int)kind;
        return new(bits);
    }

    /// <summary>Whether a kind is among them.</summary>
    public bool Has(SiteKind kind) => (Bits >> (int)kind & 1) != 0;

    /// <summary>In the order of <see cref="SiteKind"/>.</summary>
    public IEnumerable<SiteKind> Kinds
    {
        get
        {
            var kinds = this;
            return Enum.GetValues<SiteKind>().Where(kind => kinds.Has(kind));
        }
    }

    /// <summary>Their names, such as <c>BlockStack+Guidance</c>; <c>none</c> where there are none.</summary>
    public override string ToString() => Bits == 0 ? "none" : string.Join('+', Kinds);

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">A name is none of a kind.</exception>
    public static SkippedKinds Parse(string text) => text == "none" ? None : Of([.. text.Split('+').Select(name =>
        Enum.TryParse<SiteKind>(name, out var kind) && Enum.IsDefined(kind) ? kind : throw new FormatException($"There is no kind of site '{name}'."))]);
}
