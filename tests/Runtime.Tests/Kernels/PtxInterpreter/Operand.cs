namespace Afterimage.Runtime.Tests.Kernels.PtxInterpreter;

/// <summary>What an instruction reads: a register, or a number where there is none.</summary>
internal readonly record struct Operand(int? Register, ulong Number)
{
    public static Operand Of(int register) => new(register, 0);

    public static Operand Of(ulong number) => new(null, number);
}
