namespace Afterimage.Generators.Parsing;

/// <summary>What a call may do with the memory that its parameters bring. Bit i is parameter i, the last bit is the receiver.</summary>
/// <param name="Writes">What it modifies.</param>
/// <param name="Hands">What it hands to code that is not known, and that may modify or keep it.</param>
/// <param name="Keeps">What it keeps beyond the call.</param>
/// <param name="Returns">What its result may share memory with.</param>
internal readonly record struct MemoryEffects(uint Writes, uint Hands, uint Keeps, uint Returns)
{
    public const int Receiver = 31;

    /// <summary>Of a call that reads, and returns memory of its own.</summary>
    public static readonly MemoryEffects None;

    /// <summary>Of a call that nothing is known of.</summary>
    public static readonly MemoryEffects Unknown = new(0, uint.MaxValue, 0, uint.MaxValue);

    /// <summary>Of a call that reads, and may return what it got.</summary>
    public static readonly MemoryEffects Reads = new(0, 0, 0, uint.MaxValue);

    /// <summary>Of a call that works in place on its first argument.</summary>
    public static readonly MemoryEffects WritesFirst = new(1, 0, 0, 1);

    /// <summary>What is not known to be as it was.</summary>
    public uint MayWrite => Writes | Hands;

    /// <summary>What has to be the callee's own.</summary>
    public uint Leaves => Writes | Hands | Keeps;

    public static bool Has(uint parameters, int parameter) => (parameters >> Math.Min(parameter, Receiver) & 1) != 0;

    public static MemoryEffects operator |(MemoryEffects left, MemoryEffects right) =>
        new(left.Writes | right.Writes, left.Hands | right.Hands, left.Keeps | right.Keeps, left.Returns | right.Returns);
}
