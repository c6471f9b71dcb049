using System.Text.Json;
using System.Text.Json.Nodes;
using Afterimage.Cli.Verify;

namespace Afterimage.Device.Reporting;

/// <summary>Everything that was measured, in one file for programs and one for people.</summary>
internal static class Results
{
    private const string Machine = "machine.json";

    /// <summary>Reads a folder's parts, and writes <c>results.json</c> and <c>results.md</c> into another.</summary>
    public static void Merge(string folder, string target)
    {
        var parts = Directory.GetFiles(folder, "*.json")
            .Where(file => Path.GetFileName(file) != Machine)
            .Order(StringComparer.Ordinal)
            .Select(file => PartFile.Read(file)!)
            .ToList();
        var machinePath = Path.Combine(folder, Machine);
        var machine = File.Exists(machinePath) ? JsonNode.Parse(File.ReadAllText(machinePath))!.AsObject() : [];
        var merged = new JsonObject { ["machine"] = machine, ["parts"] = JsonSerializer.SerializeToNode(parts, VerifyReport.JsonOptions) };
        File.WriteAllText(Path.Combine(target, "results.json"), merged.ToJsonString(VerifyReport.JsonOptions));
        File.WriteAllText(Path.Combine(target, "results.md"), Markdown.Of(machine, parts));
    }
}
