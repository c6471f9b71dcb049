using System.Text.Json;
using Afterimage.Models;

namespace Afterimage.Cli;

/// <summary>The config of a scheduler that lies beside a model.</summary>
/// <param name="Path">The <c>scheduler_config.json</c>.</param>
/// <param name="ClassName">The class that a pipeline's index names, or else the config; null where neither does.</param>
internal sealed record SchedulerFile(string Path, string? ClassName)
{
    private const string Folder = "scheduler";

    /// <summary>What lies beside the folder of a model's config, or in it; null where nothing does.</summary>
    /// <exception cref="FileNotFoundException">A pipeline's index names a scheduler that is not there.</exception>
    /// <exception cref="InvalidDataException">The index or the config is not of its form.</exception>
    public static SchedulerFile? Beside(string modelConfig)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(modelConfig))!;
        return (System.IO.Path.GetDirectoryName(folder) is { } beside ? In(beside) : null) ?? In(folder);
    }

    private static SchedulerFile? In(string root)
    {
        var config = System.IO.Path.Combine(root, Folder, "scheduler_config.json");
        var index = System.IO.Path.Combine(root, "model_index.json");
        var named = File.Exists(index) ? ClassInIndex(index) : null;
        if (File.Exists(config))
            return new SchedulerFile(config, named ?? TextOf(JsonFile.Object(config), "_class_name"));
        return named is null ? null : throw new FileNotFoundException($"{config}: no such config; {index} names a {named} there", config);
    }

    /// <summary>["diffusers", "DDIMScheduler"]: the library and the class.</summary>
    private static string? ClassInIndex(string index) =>
        JsonFile.Object(index).TryGetProperty(Folder, out var pair) && pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2
            && pair[1].ValueKind == JsonValueKind.String ? pair[1].GetString() : null;

    private static string? TextOf(JsonElement values, string key) =>
        values.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
