using System.Numerics;

namespace Afterimage.Runtime.Tests.Kernels.PtxInterpreter;

/// <summary>Some of a warp's 32 lanes, one bit each.</summary>
internal readonly record struct LaneSet(uint Bits)
{
    public bool IsEmpty => Bits == 0;

    public bool Contains(int lane) => (Bits >> lane & 1) != 0;

    public LaneSet With(int lane) => new(Bits | 1u << lane);

    public LaneSet Without(LaneSet others) => new(Bits & ~others.Bits);

    public Enumerator GetEnumerator() => new(Bits);

    public override string ToString() => $"0x{Bits:x8}";

    /// <summary>From the lowest lane on.</summary>
    public struct Enumerator(uint bits)
    {
        private uint _rest = bits;

        public int Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest == 0)
                return false;
            Current = BitOperations.TrailingZeroCount(_rest);
            _rest &= _rest - 1;
            return true;
        }
    }
}
