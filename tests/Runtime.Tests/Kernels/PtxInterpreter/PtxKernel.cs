namespace Afterimage.Runtime.Tests.Kernels.PtxInterpreter;

/// <summary>What an instruction does in some lanes of a warp.</summary>
internal delegate void Effect(Warp warp, LaneSet lanes);

/// <summary>A kernel's PTX, ready to run.</summary>
/// <param name="File">Where it is from, for messages.</param>
/// <param name="Parameters">What it is called with.</param>
/// <param name="RegisterCount">The registers of a lane, the special ones first.</param>
/// <param name="Code">Its instructions.</param>
internal sealed record PtxKernel(
    string File, IReadOnlyList<PtxParameter> Parameters, int RegisterCount, IReadOnlyList<Instruction> Code);

/// <summary>A parameter; a view's address and length are one, of 16 bytes.</summary>
internal sealed record PtxParameter(string Name, int Size);

/// <summary>One instruction.</summary>
/// <param name="Line">Its line in the file.</param>
/// <param name="Text">As it stands there.</param>
/// <param name="Guard">The predicate that decides which lanes take part; <see langword="null"/> where all do.</param>
/// <param name="GuardedBy">What the predicate is where they do.</param>
/// <param name="IsUniform">Whether all lanes have to decide alike.</param>
/// <param name="Effect">What it does.</param>
internal sealed record Instruction(int Line, string Text, Operand? Guard, bool GuardedBy, bool IsUniform, Effect Effect);
