namespace Afterimage.Runtime.Tests.Kernels.PtxInterpreter;

/// <summary>Up to 32 threads in lockstep. Lanes that are behind go first, so that those that left a loop wait for the others.</summary>
internal sealed class Warp
{
    public const int Size = 32;

    /// <summary>The registers that tell a thread who it is; they are the first ones.</summary>
    public static readonly IReadOnlyList<string> SpecialRegisters = ["%tid.x", "%ctaid.x", "%ntid.x", "%nctaid.x", "%laneid"];

    private const int MostSteps = 1 << 16;

    private readonly PtxLaunch _launch;
    private readonly ulong[] _values; // of a register's lanes, then of the next register's
    private readonly LaneSet[] _written;
    private readonly int[] _next = new int[Size];
    private LaneSet _running;
    private Instruction _current;

    public Warp(PtxLaunch launch, uint block, uint firstThread)
    {
        _launch = launch;
        _current = launch.Kernel.Code[0];
        _values = new ulong[launch.Kernel.RegisterCount * Size];
        _written = new LaneSet[launch.Kernel.RegisterCount];
        for (var lane = 0; lane < Math.Min(Size, (int)(launch.Threads - firstThread)); lane++)
        {
            _running = _running.With(lane);
            var identity = new[] { firstThread + (uint)lane, block, launch.Threads, launch.Blocks, (uint)lane };
            for (var register = 0; register < identity.Length; register++)
                Write(register, lane, identity[register]);
        }
    }

    /// <summary>Runs until all lanes have returned.</summary>
    public void Run()
    {
        var code = _launch.Kernel.Code;
        for (var step = 0; !_running.IsEmpty; step++)
        {
            var (place, lanes) = Behind();
            if (place == code.Count)
                throw Fault("the code ends here without a return");
            _current = code[place];
            if (step == MostSteps)
                throw Fault($"still running after {MostSteps} instructions");
            foreach (var lane in lanes)
                _next[lane] = place + 1;
            var deciding = Deciding(lanes);
            if (_current.IsUniform && !deciding.IsEmpty && deciding != lanes)
                throw Fault($"lanes {deciding} alone of {lanes} take a branch that is said to be uniform");
            _current.Effect(this, deciding);
        }
    }

    public ulong Read(Operand operand, int lane)
    {
        if (operand.Register is not { } register)
            return operand.Number;
        if (!_written[register].Contains(lane))
            throw Fault($"lane {lane} reads a register that nothing was written to");
        return _values[register * Size + lane];
    }

    public void Write(int register, int lane, ulong value)
    {
        _values[register * Size + lane] = value;
        _written[register] = _written[register].With(lane);
    }

    /// <summary>Bytes of an argument.</summary>
    public ReadOnlySpan<byte> Argument(int parameter) => _launch.Arguments[parameter];

    /// <summary>An address that may be accessed.</summary>
    public ulong Address(Operand start, ulong distance, int bytes, int lane)
    {
        var address = Read(start, lane) + distance;
        return _launch.Memory.Fault(address, bytes) is { } fault ? throw Fault($"lane {lane}: {fault}") : address;
    }

    public void Jump(LaneSet lanes, int place)
    {
        foreach (var lane in lanes)
            _next[lane] = place;
    }

    public void Return(LaneSet lanes) => _running = _running.Without(lanes);

    /// <summary>What is wrong with the instruction that runs.</summary>
    public PtxException Fault(string message) => new(_launch.Kernel.File, _current.Line, $"{_current.Text}: {message}");

    private (int Place, LaneSet Lanes) Behind()
    {
        var (place, lanes) = (int.MaxValue, default(LaneSet));
        foreach (var lane in _running)
        {
            if (_next[lane] < place)
                (place, lanes) = (_next[lane], default);
            if (_next[lane] == place)
                lanes = lanes.With(lane);
        }
        return (place, lanes);
    }

    private LaneSet Deciding(LaneSet lanes)
    {
        if (_current.Guard is not { } guard)
            return lanes;
        var deciding = default(LaneSet);
        foreach (var lane in lanes)
        {
            if ((Read(guard, lane) != 0) == _current.GuardedBy)
                deciding = deciding.With(lane);
        }
        return deciding;
    }
}
