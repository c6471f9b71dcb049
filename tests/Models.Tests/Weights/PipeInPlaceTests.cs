using System.Diagnostics;
using System.Reflection;

namespace Afterimage.Models.Tests;

/// <summary>Whatever public method reads a file or a folder refuses pipes in their places, and does not wait for someone to write into them.</summary>
[TestClass]
[OSCondition(OperatingSystems.Linux)]
public sealed class PipeInPlaceTests
{
    private static readonly string[] s_files =
    [
        "config.json", "model_index.json", "spiece.model", "tokenizer_config.json", "added_tokens.json", "scheduler_config.json", "diffusion_pytorch_model.safetensors",
        "model.safetensors",
    ];

    private static readonly MethodInfo[] s_readers =
    [
        .. new[] { typeof(CogVideoXPipeline), typeof(CachePlan) }.SelectMany(type => type.Assembly.GetExportedTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => !method.IsSpecialName && method.Name is not (nameof(HubCache.FolderOf) or nameof(WholeFile.CheckTarget))
                && !method.Name.StartsWith("Write", StringComparison.Ordinal)
                && method.GetParameters() is [{ Name: "path" or "folder" } first, ..] && first.ParameterType == typeof(string)),
    ];

    public static IEnumerable<object[]> Readers => s_readers.Select((reader, i) => new object[] { i, $"{reader.DeclaringType!.Name}.{reader.Name}" });

    [TestMethod]
    [DynamicData(nameof(Readers))]
    public void Reader_OfPipes_RefusesThemAtOnce(int reader, string name)
    {
        using var folder = new ScratchFolder();
        foreach (var file in s_files)
        {
            using var made = Process.Start("mkfifo", [folder[file]]);
            made.WaitForExit();
        }

        var parameters = s_readers[reader].GetParameters();
        object?[] arguments =
        [
            parameters[0].Name == "folder" ? folder.Path : folder["model.safetensors"],
            .. parameters.Skip(1).Select(parameter => parameter.HasDefaultValue ? parameter.DefaultValue : "a prompt"),
        ];
        var exception = Assert.ThrowsExactly<InvalidDataException>(
            () => s_readers[reader].Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null), name);
        Assert.Contains(folder.Path, exception.Message);
        Assert.Contains("pipe or device", exception.Message);
    }

    /// <summary>That of plans among them, or the search has lost its way.</summary>
    [TestMethod]
    public void Readers_AreAllThatRead()
    {
        string[] names = [.. s_readers.Select(reader => $"{reader.DeclaringType!.Name}.{reader.Name}")];
        foreach (var name in (string[])["CachePlan.Load", "CacheConfigJson.Load", "SafetensorsFile.Open", "T5Tokenizer.FromPretrained", "DDIMScheduler.FromFile", "CogVideoXPipeline.FromPretrained"])
            Assert.Contains(name, names);
        Assert.IsGreaterThan(20, names.Length);
    }
}
