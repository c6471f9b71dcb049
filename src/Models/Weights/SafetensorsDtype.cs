using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>The element types of the safetensors format that torch has.</summary>
internal static class SafetensorsDtype
{
    private static readonly (string Name, ScalarType Type, int Size)[] Table =
    [
        ("F64", ScalarType.Float64, 8),
        ("F32", ScalarType.Float32, 4),
        ("F16", ScalarType.Float16, 2),
        ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8),
        ("I32", ScalarType.Int32, 4),
        ("I16", ScalarType.Int16, 2),
        ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1),
        ("BOOL", ScalarType.Bool, 1),
    ];

    public static string Known { get; } = string.Join(", ", Table.Select(row => row.Name));

    public static ScalarType? TryParse(string? name)
    {
        foreach (var row in Table)
            if (row.Name == name)
                return row.Type;
        return null;
    }

    public static string Name(ScalarType type) => Find(type).Name;

    public static int Size(ScalarType type) => Find(type).Size;

    private static (string Name, ScalarType Type, int Size) Find(ScalarType type)
    {
        foreach (var row in Table)
            if (row.Type == type)
                return row;
        throw new ArgumentException($"safetensors files have no element type for {type}; they have {Known}", nameof(type));
    }
}
