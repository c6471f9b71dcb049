using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Fills a module's parameters and persistent buffers from a checkpoint.</summary>
public static class WeightLoader
{
    private const int ListedProblems = 20;

    /// <summary>
    /// Reads every tensor of the module's state dict into place, converted to the type and device it has there: between
    /// floating-point types only, since integers in the place of weights are quantised and mean something else. All names,
    /// shapes and types are compared before the first byte is read, so a checkpoint that does not fit changes nothing.
    /// </summary>
    /// <param name="module">A module built on a device with memory (not meta).</param>
    /// <param name="path">A safetensors file, an index of shards, or the folder of either.</param>
    /// <param name="progress">Told the bytes read, at the start and every 4 MiB at least, by one thread at a time.</param>
    /// <param name="cancellationToken">Stops between tensors and within large ones, leaving the module partly filled.</param>
    /// <exception cref="FileNotFoundException">There is no checkpoint, or a shard of it is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is malformed, or tensors are missing, unexpected or of another shape or kind: one message names them.
    /// </exception>
    public static void Load(
        nn.Module module, string path, IProgress<LoadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(module);
        using var checkpoint = SafetensorsCheckpoint.Open(path);
        Load(module, checkpoint, progress, CheckpointForm.Diffusers, cancellationToken);
    }

    internal static void Load(
        nn.Module module, SafetensorsCheckpoint checkpoint, IProgress<LoadProgress>? progress, CheckpointForm form, CancellationToken cancellationToken)
    {
        var state = module.state_dict();
        var savedNames = state.Keys.ToDictionary(name => name, name => SavedName(checkpoint, name, form.OtherNames));
        Compare(checkpoint, state, savedNames, form.PassesOver);

        var total = savedNames.Values.Sum(name => checkpoint.FileOf(name)!.Entries[name].Length);
        long done = 0;
        Advance(0);
        ParallelReads.Run(state.Select(item => checkpoint.FileOf(savedNames[item.Key])!.Reading(savedNames[item.Key], item.Value)), Advance, cancellationToken);

        void Advance(long bytes) => progress?.Report(new LoadProgress(null, done += bytes, total));
    }

    /// <summary>What a checkpoint calls a tensor: its own name, or where only another is there, that.</summary>
    private static string SavedName(SafetensorsCheckpoint checkpoint, string name, IReadOnlyDictionary<string, string> otherNames) =>
        checkpoint.FileOf(name) is null && otherNames.TryGetValue(name, out var other) && checkpoint.FileOf(other) is not null ? other : name;

    private static void Compare(
        SafetensorsCheckpoint checkpoint, Dictionary<string, Tensor> state, Dictionary<string, string> savedNames,
        Func<string, bool> isExpected)
    {
        var problems = new List<string>();
        foreach (var (name, target) in state)
        {
            if (checkpoint.FileOf(savedNames[name])?.Entries[savedNames[name]] is not { } entry)
                problems.Add($"missing '{name}' [{string.Join(", ", target.shape)}]");
            else if (!target.shape.AsSpan().SequenceEqual(entry.Shape.ToArray()))
                problems.Add($"'{name}': expected [{string.Join(", ", target.shape)}], found [{string.Join(", ", entry.Shape)}]");
            else if (!Fits(entry.Dtype, target.dtype))
                problems.Add($"'{name}': expected a type that converts to {target.dtype}, found {SafetensorsDtype.Name(entry.Dtype)}");
        }

        foreach (var name in checkpoint.Names.Where(name => !state.ContainsKey(name) && !isExpected(name)).Order(StringComparer.Ordinal))
            problems.Add($"unexpected '{name}' [{string.Join(", ", checkpoint.FileOf(name)!.Entries[name].Shape)}]");

        if (problems.Count == 0)
            return;
        var more = problems.Count > ListedProblems ? $"\n  and {problems.Count - ListedProblems} more" : "";
        var listed = string.Join("\n  ", problems.Take(ListedProblems));
        throw new InvalidDataException($"{checkpoint.Path}: {problems.Count} {(problems.Count == 1 ? "tensor does" : "tensors do")} not fit the model:\n  {listed}{more}");
    }

    private static bool Fits(ScalarType saved, ScalarType held) =>
        saved == held || (is_floating_point(saved) && is_floating_point(held));
}
