using static System.BitConverter;

namespace Afterimage.Runtime.Tests.Kernels.PtxInterpreter;

/// <summary>
/// An instruction that computes a register's bits from those of up to three operands, in each lane by itself. A product and the
/// sum after it are rounded each; a driver's compiler may join them.
/// </summary>
/// <param name="Operands">How many.</param>
/// <param name="Of">The result; operands that it does not have are 0.</param>
internal sealed record LaneFunction(int Operands, Func<ulong, ulong, ulong, ulong> Of)
{
    /// <summary>Those that recorded kernels use, and no others.</summary>
    private static readonly Dictionary<string, LaneFunction> s_byName = new()
    {
        ["add.f32"] = Float((a, b) => a + b),
        ["sub.f32"] = Float((a, b) => a - b),
        ["mul.f32"] = Float((a, b) => a * b),
        ["div.rn.f32"] = Float((a, b) => a / b),
        ["abs.f32"] = new(1, (a, _, _) => a & 0x7fff_ffff),

        ["add.s32"] = Int32((a, b, _) => a + b),
        ["sub.s32"] = Int32((a, b, _) => a - b),
        ["mul.lo.s32"] = Int32((a, b, _) => a * b),
        ["div.s32"] = Int32((a, b, _) => a / b),
        ["rem.s32"] = Int32((a, b, _) => a % b),
        ["min.s32"] = Int32((a, b, _) => Math.Min(a, b)),
        ["mad.lo.s32"] = Int32((a, b, c) => a * b + c, operands: 3),
        ["and.b32"] = Int32((a, b, _) => a & b),
        ["or.b32"] = Int32((a, b, _) => a | b),
        ["shl.b32"] = Int32((a, b, _) => (uint)b < 32 ? a << b : 0),
        ["shr.s32"] = Int32((a, b, _) => a >> (int)Math.Min((uint)b, 31)),
        ["shr.u32"] = Int32((a, b, _) => (uint)b < 32 ? a >>> b : 0),

        ["add.s64"] = new(2, (a, b, _) => a + b),
        ["add.u64"] = new(2, (a, b, _) => a + b),
        ["mul.lo.s64"] = new(2, (a, b, _) => a * b),
        ["mad.lo.u64"] = new(3, (a, b, c) => a * b + c),
        ["mul.wide.u32"] = new(2, (a, b, _) => (ulong)(uint)a * (uint)b),
        ["shl.b64"] = new(2, (a, b, _) => (uint)b < 64 ? a << (int)b : 0),

        ["cvt.s32.s16"] = new(1, (a, _, _) => (uint)(short)a),
        ["cvt.s64.s32"] = new(1, (a, _, _) => (ulong)(int)a),
        ["cvt.u16.u32"] = new(1, (a, _, _) => (ushort)a),
        ["cvt.f32.f16"] = new(1, (a, _, _) => SingleToUInt32Bits((float)UInt16BitsToHalf((ushort)a))),
        ["cvt.rn.f16.f32"] = new(1, (a, _, _) => HalfToUInt16Bits((Half)UInt32BitsToSingle((uint)a))),
        ["cvta.to.global.u64"] = new(1, (a, _, _) => a),
        ["mov.f32"] = new(1, (a, _, _) => (uint)a),
        ["mov.b32"] = new(1, (a, _, _) => (uint)a),
        ["mov.b64"] = new(1, (a, _, _) => a),

        ["setp.eq.s32"] = Predicate((a, b) => (int)a == (int)b),
        ["setp.ge.s32"] = Predicate((a, b) => (int)a >= (int)b),
        ["setp.le.s32"] = Predicate((a, b) => (int)a <= (int)b),
        ["setp.hi.u32"] = Predicate((a, b) => (uint)a > (uint)b),
        ["setp.ge.s64"] = Predicate((a, b) => (long)a >= (long)b),
        ["selp.b32"] = new(3, (a, b, condition) => (uint)(condition != 0 ? a : b)),
    };

    /// <summary>By its name in PTX, or <see langword="null"/>.</summary>
    public static LaneFunction? Find(string name) => s_byName.GetValueOrDefault(name);

    private static LaneFunction Float(Func<float, float, float> of) =>
        new(2, (a, b, _) => SingleToUInt32Bits(of(UInt32BitsToSingle((uint)a), UInt32BitsToSingle((uint)b))));

    private static LaneFunction Int32(Func<int, int, int, int> of, int operands = 2) =>
        new(operands, (a, b, c) => (uint)of((int)a, (int)b, (int)c));

    private static LaneFunction Predicate(Func<ulong, ulong, bool> of) => new(2, (a, b, _) => of(a, b) ? 1u : 0u);
}
