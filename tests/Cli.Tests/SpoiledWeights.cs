using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Tests;

/// <summary>Weights with numbers in them that are none.</summary>
internal static class SpoiledWeights
{
    /// <summary>Makes one weight of a file, or some of its rows, not a number.</summary>
    public static void Write(string path, string name, params long[] rows)
    {
        using var file = SafetensorsFile.Open(path);
        using var scope = NewDisposeScope();
        var tensors = file.Entries.Keys.ToDictionary(key => key, key => file.ReadTensor(key));
        Tensor[] spoiled = rows.Length == 0 ? [tensors[name]] : [.. rows.Select(row => tensors[name][row])];
        foreach (var part in spoiled)
            part.copy_(tensor(float.NaN));
        SafetensorsWriter.Write(path, tensors);
    }
}
