using System.Text.RegularExpressions;

namespace Afterimage.Runtime.Tests.Kernels.PtxInterpreter;

/// <summary>Makes an instruction's effect of its name and its operands.</summary>
internal static partial class Decoder
{
    /// <summary>A shuffle's last lane and segments, where it is one of the whole warp.</summary>
    private const string WholeWarp = "31";

    /// <exception cref="PtxException">The instruction is not known.</exception>
    public static Effect Effect(PtxReader reader, string name, IReadOnlyList<string> operands)
    {
        if (LaneFunction.Find(name) is { } function && operands.Count == function.Operands + 1)
            return Computation(function, reader.Register(operands[0]), [.. operands.Skip(1).Select(reader.Operand)]);
        if (Access().Match(name) is { Success: true } access && operands.Count == 2)
            return Accessing(reader, access, operands);
        return (name, operands.Count) switch
        {
            ("ret", 0) => (warp, lanes) => warp.Return(lanes),
            ("bra" or "bra.uni", 1) => Jump(reader.Label(operands[0])),
            ("shfl.sync.down.b32", 5) when operands[3] == WholeWarp => Shuffle(
                reader.Register(operands[0]), reader.Operand(operands[1]), reader.Operand(operands[2]), reader.Operand(operands[4])),
            _ => throw reader.Fault($"no instruction '{name}' of such {operands.Count} operands is known"),
        };
    }

    private static Effect Computation(LaneFunction function, int result, Operand[] operands)
    {
        var (a, b, c) = (operands[0], operands.ElementAtOrDefault(1), operands.ElementAtOrDefault(2));
        return (warp, lanes) =>
        {
            foreach (var lane in lanes)
                warp.Write(result, lane, function.Of(warp.Read(a, lane), warp.Read(b, lane), warp.Read(c, lane)));
        };
    }

    private static Effect Jump(int place) => (warp, lanes) => warp.Jump(lanes, place);

    /// <summary>Each lane gets the value of a later one, or its own where there is none.</summary>
    private static Effect Shuffle(int result, Operand value, Operand distance, Operand members) => (warp, lanes) =>
    {
        var values = new ulong[Warp.Size];
        foreach (var lane in lanes)
        {
            var all = new LaneSet((uint)warp.Read(members, lane));
            if (all != lanes)
                throw warp.Fault($"lanes {lanes} come here where {all} are waited for");
            values[lane] = warp.Read(value, lane);
        }
        foreach (var lane in lanes)
        {
            var from = (ulong)lane + warp.Read(distance, lane);
            warp.Write(result, lane, values[from < Warp.Size ? from : (ulong)lane]);
        }
    };

    private static Effect Accessing(PtxReader reader, Match access, IReadOnlyList<string> operands)
    {
        var bytes = PtxReader.Number(access.Groups["bits"], otherwise: 0) / 8;
        var width = PtxReader.Number(access.Groups["width"], otherwise: 1);
        var isStore = access.Groups["name"].Value == "st.global";
        var registers = reader.Registers(operands[isStore ? 1 : 0]);
        var (start, distance) = reader.Address(operands[isStore ? 0 : 1]);
        if (registers.Length != width)
            throw reader.Fault($"{registers.Length} registers for {width} values");
        return access.Groups["name"].Value switch
        {
            "ld.param" when width == 1 => ReadArgument(registers[0], reader.Parameter(start, distance, bytes), distance, bytes),
            "ld.global" => Load(registers, Operand.Of(reader.Register(start)), distance, bytes),
            "st.global" => Store(registers, Operand.Of(reader.Register(start)), distance, bytes),
            _ => throw reader.Fault("parameters are read one by one"),
        };
    }

    private static Effect ReadArgument(int register, int parameter, int distance, int bytes) => (warp, lanes) =>
    {
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        value.Clear();
        warp.Argument(parameter).Slice(distance, bytes).CopyTo(value);
        foreach (var lane in lanes)
            warp.Write(register, lane, BitConverter.ToUInt64(value));
    };

    private static Effect Load(int[] registers, Operand start, int distance, int bytes) => (warp, lanes) =>
    {
        foreach (var lane in lanes)
        {
            var address = warp.Address(start, (ulong)distance, bytes * registers.Length, lane);
            for (var i = 0; i < registers.Length; i++)
                warp.Write(registers[i], lane, DeviceMemory.Read(address + (ulong)(i * bytes), bytes));
        }
    };

    private static Effect Store(int[] registers, Operand start, int distance, int bytes) => (warp, lanes) =>
    {
        foreach (var lane in lanes)
        {
            var address = warp.Address(start, (ulong)distance, bytes * registers.Length, lane);
            for (var i = 0; i < registers.Length; i++)
                DeviceMemory.Write(address + (ulong)(i * bytes), bytes, warp.Read(Operand.Of(registers[i]), lane));
        }
    };

    [GeneratedRegex(@"^(?<name>ld\.param|ld\.global|st\.global)(\.v(?<width>[24]))?\.(b(?<bits>16|32|64)|f(?<bits>32))$", RegexOptions.CultureInvariant)]
    private static partial Regex Access();
}
