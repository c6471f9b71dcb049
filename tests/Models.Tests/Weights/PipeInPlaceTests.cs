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
        "model.safetensors", "vocab.json", "merges.txt", "tokenizer.json", "preprocessor_config.json",
    ];

    private static readonly Type[] s_types = [.. new[] { typeof(CogVideoXPipeline), typeof(CachePlan) }.SelectMany(type => type.Assembly.GetExportedTypes())];

    /// <summary>Those of classes and of what these derive from, and those that extend models and configs, of each.</summary>
    private static readonly (string Name, MethodInfo Method)[] s_readers =
    [
        .. s_types.Where(type => !type.ContainsGenericParameters && !type.IsInterface)
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.FlattenHierarchy))
            .Where(method => !method.IsGenericMethodDefinition && IsReader(method))
            .Select(method => ($"{method.ReflectedType!.Name}.{method.Name}", method)),
        .. new[] { typeof(PretrainedModels), typeof(ConfigFiles), typeof(TransformersConfigFiles) }
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.IsGenericMethodDefinition && IsReader(method))
            .SelectMany(method => s_types.Where(type => type is { IsAbstract: false, IsGenericType: false } && IsExtended(method, type))
                .Select(type => ($"{type.Name}.{method.Name}", method.MakeGenericMethod(type)))),
    ];

    public static IEnumerable<object[]> Readers => s_readers.Select((reader, i) => new object[] { i, reader.Name });

    private static bool IsReader(MethodInfo method) =>
        !method.IsSpecialName && method.Name is not (nameof(HubCache.FolderOf) or nameof(WholeFile.CheckTarget))
        && !method.Name.StartsWith("Write", StringComparison.Ordinal)
        && method.GetParameters() is [{ Name: "path" or "folder" } first, ..] && first.ParameterType == typeof(string);

    private static bool IsExtended(MethodInfo method, Type type)
    {
        try
        {
            method.MakeGenericMethod(type);
            return true;
        }
        catch (ArgumentException)
        {
            // The constraints are not those of this type.
            return false;
        }
    }

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

        var parameters = s_readers[reader].Method.GetParameters();
        object?[] arguments =
        [
            parameters[0].Name == "folder" ? folder.Path : folder["model.safetensors"],
            .. parameters.Skip(1).Select(parameter => parameter.HasDefaultValue ? parameter.DefaultValue : "a prompt"),
        ];
        var exception = Assert.ThrowsExactly<InvalidDataException>(
            () => s_readers[reader].Method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null), name);
        Assert.Contains(folder.Path, exception.Message);
        Assert.Contains("pipe or device", exception.Message);
    }

    /// <summary>That of plans among them, or the search has lost its way.</summary>
    [TestMethod]
    public void Readers_AreAllThatRead()
    {
        string[] names = [.. s_readers.Select(reader => reader.Name)];
        foreach (var name in (string[])["CachePlan.Load", "CacheConfigJson.Load", "SafetensorsFile.Open", "T5Tokenizer.FromPretrained", "DDIMScheduler.FromFile", "CogVideoXPipeline.FromPretrained",
            "WanPipeline.CheckOptions", "WanTransformer3DModel.FromPretrained", "AutoencoderKLConfig.FromFile", "CLIPTokenizer.FromPretrained"])
            Assert.Contains(name, names);
        Assert.IsGreaterThan(20, names.Length);
    }
}
