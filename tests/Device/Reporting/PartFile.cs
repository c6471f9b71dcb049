using System.Text.Json;
using System.Text.Json.Nodes;
using Afterimage.Cli.Verify;

namespace Afterimage.Device.Reporting;

/// <summary>One part's file; diffusers_bench.py writes the same form.</summary>
/// <param name="Part">Which command measured.</param>
/// <param name="Engine"><c>afterimage</c>, <c>torch</c> (this project with torch operations instead of kernels) or <c>diffusers</c>.</param>
/// <param name="Model">The shape, or empty.</param>
/// <param name="Software">Versions, and where kernels run.</param>
/// <param name="Result">The part's own report.</param>
internal sealed record PartFile(string Part, string Engine, string Model, string Software, JsonNode Result)
{
    /// <summary>Writes a whole file or none.</summary>
    public static void Write<T>(string path, string part, string model, Place place, T result)
    {
        var engine = Environment.GetEnvironmentVariable("AFTERIMAGE_KERNELS") == "torch" ? "torch" : "afterimage";
        var software = $".NET {Environment.Version}, TorchSharp {typeof(TorchSharp.torch).Assembly.GetName().Version}; {place.Backend}";
        var file = new PartFile(part, engine, model, software, JsonSerializer.SerializeToNode(result, VerifyReport.JsonOptions)!);
        File.WriteAllText(path + ".partial", JsonSerializer.Serialize(file, VerifyReport.JsonOptions));
        File.Move(path + ".partial", path, overwrite: true);
    }

    /// <summary>Reads a file, or nothing where it is none of a part.</summary>
    public static PartFile? Read(string path) => JsonSerializer.Deserialize<PartFile>(File.ReadAllText(path), VerifyReport.JsonOptions);

    /// <summary>The result, typed.</summary>
    public T As<T>() => Result.Deserialize<T>(VerifyReport.JsonOptions)!;
}
