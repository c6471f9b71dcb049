using System.Text.RegularExpressions;

namespace Afterimage.Models;

/// <summary>
/// Finds the weights in a folder. diffusers names the index of shards of a variant <c>model.safetensors.index.fp16.json</c>, and did
/// <c>model.safetensors.fp16.index.json</c> before mid 2024; a single file is <c>model.fp16.safetensors</c>.
/// </summary>
internal static partial class WeightFiles
{
    /// <summary>What diffusers and transformers call a model's weights, taken first where a folder holds several.</summary>
    private static readonly string[] s_preferred = ["diffusion_pytorch_model", "model"];

    /// <summary>Whether a file is an index of shards by its name.</summary>
    public static bool IsIndex(string path) => Path.GetFileName(path).EndsWith(".json", StringComparison.Ordinal);

    /// <summary>The file or index that a folder's weights begin with.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="variant">The variant; <see langword="null"/> for none, or the only one that is there.</param>
    /// <exception cref="FileNotFoundException">There are none, none of the variant, or several; the message names what is there.</exception>
    public static string FindIn(string folder, string? variant)
    {
        var all = Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).Select(name => Parse(name!)).OfType<Found>().ToList();
        var wanted = all.Where(file => file.Variant == (variant ?? "")).ToList();
        // One set of weights alone is meant, whatever it is called.
        if (variant is null && wanted.Count == 0)
            wanted = all;

        var preferred = s_preferred.Select(name => wanted.Where(file => file.Model == name).ToList()).FirstOrDefault(files => files.Count > 0);
        var candidates = preferred ?? wanted;
        // Files beside an index may be its shards, whatever they are called.
        if (candidates.Exists(file => IsIndex(file.Name)))
            candidates.RemoveAll(file => !IsIndex(file.Name));
        var sets = candidates.GroupBy(file => (file.Model, file.Variant)).ToList();
        if (sets.Count == 1)
            return Path.Combine(folder, sets[0].MinBy(file => file.Rank)!.Name);
        throw new FileNotFoundException($"{folder}: {(sets.Count > 1 ? Several(sets, variant) : None(folder, all, variant))}");
    }

    private static string Several(List<IGrouping<(string Model, string Variant), Found>> sets, string? variant)
    {
        var names = string.Join(", ", sets.Select(set => set.MinBy(file => file.Rank)!.Name));
        var variants = sets.Select(set => set.Key.Variant).Distinct().ToList();
        return variant is null && variants.Count == sets.Count
            ? $"{sets.Count} variants of the weights, and none without; choose one by variant ({string.Join(", ", variants)}): {names}"
            : $"{sets.Count} files could be the weights; name one of {names}";
    }

    private static string None(string folder, List<Found> all, string? variant)
    {
        if (all.Count > 0)
            return $"no weights of the variant '{variant}'; there are {string.Join(", ", all.Select(file => file.Name))}";
        var names = Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList();
        if (names.Find(name => Shard().IsMatch(name!)) is { } shard)
            return $"no index (*.safetensors.index.json) of the shards that '{shard}' is one of";
        return names.Find(name => name!.EndsWith(".bin", StringComparison.Ordinal) || name.EndsWith(".pt", StringComparison.Ordinal)) is { } pickled
            ? $"no .safetensors file; '{pickled}' is pickled, which is not read here: save it as safetensors"
            : "no .safetensors file and no .safetensors.index.json in this folder";
    }

    private static Found? Parse(string name)
    {
        if (Shard().IsMatch(name))
            return null;
        (Regex Form, int Rank)[] forms = [(Index(), 0), (OldIndex(), 1), (Single(), 2)];
        foreach (var (form, rank) in forms)
        {
            if (form.Match(name) is { Success: true } match)
                return new Found(name, match.Groups["model"].Value, match.Groups["variant"].Value, rank);
        }
        return null;
    }

    [GeneratedRegex(@"^(?<model>.+)\.safetensors\.index(\.(?<variant>[^.]+))?\.json\z")]
    private static partial Regex Index();

    [GeneratedRegex(@"^(?<model>.+)\.safetensors\.(?<variant>[^.]+)\.index\.json\z")]
    private static partial Regex OldIndex();

    [GeneratedRegex(@"^(?<model>[^.]+)(\.(?<variant>.+))?\.safetensors\z")]
    private static partial Regex Single();

    [GeneratedRegex(@"-\d{5}-of-\d{5}(\.[^.]+)?\.safetensors\z")]
    private static partial Regex Shard();

    /// <summary>A file that weights may begin with; of one model and variant, that of the lowest rank is taken.</summary>
    private sealed record Found(string Name, string Model, string Variant, int Rank);
}
