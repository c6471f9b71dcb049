using System.Globalization;
using System.Text.RegularExpressions;

namespace Afterimage.Runtime.Tests.Kernels.PtxInterpreter;

/// <summary>Reads a kernel's PTX. What is not known to occur in recorded kernels is refused.</summary>
internal sealed partial class PtxReader
{
    private readonly string _file;
    private readonly List<PtxParameter> _parameters = [];
    private readonly Dictionary<string, int> _registers = [];
    private readonly Dictionary<string, int> _labels = [];
    private readonly List<(int Line, Match Parts)> _instructions = [];
    private int _line;

    private PtxReader(string file)
    {
        _file = file;
        foreach (var special in Warp.SpecialRegisters)
            _registers.Add(special, _registers.Count);
    }

    /// <param name="file">Its name for messages.</param>
    /// <param name="ptx">The text.</param>
    /// <exception cref="PtxException">Something is not known; the message names the line.</exception>
    public static PtxKernel Read(string file, string ptx)
    {
        var reader = new PtxReader(file);
        foreach (var line in ptx.Split('\n'))
        {
            reader._line++;
            reader.Take(line.Trim());
        }
        var code = reader._instructions.ConvertAll(instruction => reader.Decoded(instruction.Line, instruction.Parts));
        return new PtxKernel(file, reader._parameters, reader._registers.Count, code);
    }

    /// <summary>A number of a text, or another where none stands.</summary>
    public static int Number(Group digits, int otherwise) =>
        digits.Success ? int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>The registers of <c>%f1</c> or of <c>{%f1, %f2}</c>.</summary>
    public int[] Registers(string text) => [.. text.Trim('{', '}').Split(',').Select(name => Register(name.Trim()))];

    public int Register(string name) =>
        _registers.TryGetValue(name, out var register) ? register : throw Fault($"'{name}' is no register that was declared");

    public Operand Operand(string text)
    {
        if (text.StartsWith('%'))
            return PtxInterpreter.Operand.Of(Register(text));
        var isFloat = text.StartsWith("0f", StringComparison.Ordinal);
        return ulong.TryParse(
            text.AsSpan(isFloat ? 2 : 0), isFloat ? NumberStyles.HexNumber : NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? PtxInterpreter.Operand.Of(number)
                : throw Fault($"'{text}' is no operand");
    }

    /// <summary>The parts of <c>[%rd1+8]</c> or <c>[_name_1+8]</c>.</summary>
    public (string Start, int Distance) Address(string text)
    {
        var match = AddressText().Match(text);
        if (!match.Success)
            throw Fault($"'{text}' is no address");
        return (match.Groups["start"].Value, Number(match.Groups["distance"], otherwise: 0));
    }

    /// <summary>Where a parameter stands, for an access that lies within it.</summary>
    public int Parameter(string name, int distance, int bytes)
    {
        var place = _parameters.FindIndex(parameter => parameter.Name == name);
        if (place < 0)
            throw Fault($"'{name}' is no parameter");
        if (distance + bytes > _parameters[place].Size || distance % bytes != 0)
            throw Fault($"{bytes} bytes at {distance} are no part of a parameter of {_parameters[place].Size} bytes");
        return place;
    }

    public int Label(string name) => _labels.TryGetValue(name, out var place) ? place : throw Fault($"'{name}' is no label");

    public PtxException Fault(string message) => new(_file, _line, message);

    private void Take(string line)
    {
        if (line.Length == 0 || Ignored().IsMatch(line))
            return;
        if (ParameterText().Match(line) is { Success: true } parameter)
            _parameters.Add(new(parameter.Groups["name"].Value, SizeOf(parameter)));
        else if (RegistersText().Match(line) is { Success: true } registers)
            Declare(registers.Groups["name"].Value, Number(registers.Groups["count"], otherwise: 0));
        else if (LabelText().Match(line) is { Success: true } label)
            _labels.Add(label.Groups["name"].Value, _instructions.Count);
        else if (InstructionText().Match(line) is { Success: true } instruction)
            _instructions.Add((_line, instruction));
        else
            throw Fault($"'{line}' is not known");
    }

    private static int SizeOf(Match parameter) =>
        Number(parameter.Groups["bits"], otherwise: 0) / 8 * Number(parameter.Groups["count"], otherwise: 1);

    private void Declare(string name, int count)
    {
        for (var i = 0; i < count; i++)
            _registers.Add($"{name}{i}", _registers.Count);
    }

    private Instruction Decoded(int line, Match parts)
    {
        _line = line;
        var guard = parts.Groups["guard"];
        var name = parts.Groups["name"].Value;
        string[] operands = [.. OperandText().Matches(parts.Groups["operands"].Value).Select(match => match.Value)];
        return new Instruction(
            line, parts.Value, guard.Success ? Operand(guard.Value) : null, !parts.Groups["not"].Success, name == "bra.uni",
            Decoder.Effect(this, name, operands));
    }

    [GeneratedRegex(@"^(//.*|\.(version|target|address_size) .*|\.visible \.entry \w+\(|[(){}])$", RegexOptions.CultureInvariant)]
    private static partial Regex Ignored();

    [GeneratedRegex(@"^\.param (\.align \d+ )?\.[bf](?<bits>\d+) (?<name>\w+)(\[(?<count>\d+)\])?,?$", RegexOptions.CultureInvariant)]
    private static partial Regex ParameterText();

    [GeneratedRegex(@"^\.reg \.(pred|b16|b32|b64|f32)\s+(?<name>%[a-z]+)<(?<count>\d+)>;$", RegexOptions.CultureInvariant)]
    private static partial Regex RegistersText();

    [GeneratedRegex(@"^(?<name>L_\d+):$", RegexOptions.CultureInvariant)]
    private static partial Regex LabelText();

    [GeneratedRegex(@"^(@(?<not>!)?(?<guard>%p\d+)\s+)?(?<name>[a-z][a-z0-9.]*)(\s+(?<operands>.*))?;$", RegexOptions.CultureInvariant)]
    private static partial Regex InstructionText();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]|[^,\s]+", RegexOptions.CultureInvariant)]
    private static partial Regex OperandText();

    [GeneratedRegex(@"^\[(?<start>%?\w+)(\+(?<distance>\d+))?\]$", RegexOptions.CultureInvariant)]
    private static partial Regex AddressText();
}
