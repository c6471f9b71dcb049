using System.Text.Json.Nodes;

namespace Afterimage.Models;

/// <summary>
/// The <c>model_index.json</c> of a pipeline's folder as diffusers saves it: which class each part is of. A part's folder has the part's
/// name, so nothing in the file can lead elsewhere.
/// </summary>
internal sealed class PipelineIndex
{
    private const string FileName = "model_index.json";

    private readonly string _folder;
    private readonly string _path;
    private readonly JsonObject _parts;

    private PipelineIndex(string folder, string path, JsonObject parts) => (_folder, _path, _parts) = (folder, path, parts);

    /// <summary>What stands in it beside parts.</summary>
    public JsonObject Settings => _parts;

    /// <summary>The class of the pipeline that a folder's index names, if it names one.</summary>
    /// <exception cref="FileNotFoundException">There is no such folder, or no index in it.</exception>
    /// <exception cref="InvalidDataException">The index is malformed.</exception>
    public static string? ClassIn(string folder) => Text(Open(folder, "pipeline")._parts["_class_name"]);

    /// <summary>Reads the index of a folder and checks the pipeline's class.</summary>
    /// <exception cref="FileNotFoundException">There is no such folder, or no index in it.</exception>
    /// <exception cref="InvalidDataException">The index is malformed, or of another pipeline.</exception>
    public static PipelineIndex Read(string folder, IReadOnlyList<string> classes)
    {
        var index = Open(folder, classes[0]);
        index.Check("_class_name", index._parts["_class_name"], Text(index._parts["_class_name"]), classes);
        return index;
    }

    private static PipelineIndex Open(string folder, string className)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            var found = Directory.Exists(folder) ? $"no {FileName} in this folder" : "no such folder";
            throw new FileNotFoundException(
                $"{folder}: {found}; expected the folder of a {className} as diffusers saves it, with {FileName} and a folder for each part", path);
        }

        var parts = JsonFile.Read(path);
        JsonConfig.RefuseQuantized(parts, path);
        return new PipelineIndex(folder, path, parts);
    }

    /// <summary>The class of a part, which is one of those allowed and has a folder; <see langword="null"/> where it may be missing and is.</summary>
    /// <exception cref="FileNotFoundException">The part's folder is missing.</exception>
    /// <exception cref="InvalidDataException">The index does not name the part, or another class.</exception>
    public string? ClassOf(PipelinePart part)
    {
        // ["diffusers", "AutoencoderKLCogVideoX"]: the library and the class.
        var pair = _parts[part.Name] as JsonArray;
        if (part.IsOptional && (_parts[part.Name] is null || pair is [null, null]))
            return null;
        var name = pair is { Count: 2 } ? Text(pair[1]) : null;
        Check(part.Name, pair ?? _parts[part.Name], name, part.Classes);
        if (!Directory.Exists(FolderOf(part.Name)))
            throw new FileNotFoundException($"{FolderOf(part.Name)}: no such folder; {_path} names {name} there", FolderOf(part.Name));
        return name;
    }

    /// <summary>Where a part lies.</summary>
    public string FolderOf(string part) => Path.Combine(_folder, part);

    private void Check(string key, JsonNode? value, string? name, IReadOnlyList<string> allowed)
    {
        if (name is not null && allowed.Contains(name))
            return;
        var found = value is null ? "nothing" : MalformedFile.Shown(value.ToJsonString());
        throw MalformedFile.Because(_path, $"'{key}': expected the class {string.Join(" or ", allowed)}, found {found}");
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
