using System.Text;
using static Afterimage.Cli.Tests.Hostile.Outcome;

namespace Afterimage.Cli.Tests.Hostile;

/// <summary>Inputs × commands. A case more is a line more.</summary>
internal static partial class HostileCorpus
{
    /// <summary>The folder's config of a cache.</summary>
    public const string Cache = """{"type": "PyramidAttentionBroadcast", "config": {"spatial_attention_block_skip_range": 2}}""";

    public static IReadOnlyList<(string Name, IReadOnlyList<HostileCase> Cases)> Groups { get; } =
    [
        ("spoiled JSON", [.. SpoiledJson()]),
        ("values of a model's config", [.. ConfigValues()]),
        ("values of a cache's config", [.. CacheValues()]),
        ("options", [.. OptionValues()]),
        ("what is no plain file", [.. SpecialFiles()]),
        ("weights", [.. Weights()]),
        ("names and texts", [.. NamesAndTexts()]),
        ("environments", [.. Environments()]),
        ("sizes", [.. Sizes()]),
    ];

    private static string[] Plan(params string[] more) => ["plan", "@/case/model", "--cache", "@/cache.json", "--steps", "4", .. more];

    private static string[] Generate(params string[] more) =>
        ["generate", "@/pipeline", "a red circle", "--dtype", "float32", "--steps", "1", "--frames", "1", "--out", "@/film.webp", .. more];

    private static string[] Verify => ["verify", "@/case"];

    /// <summary>Files of JSON, each with a command that reads it.</summary>
    private static IEnumerable<(string File, string[] Command)> JsonFiles =>
    [
        ("case/model/config.json", Plan()),
        ("cache.json", Plan()),
        ("case/forward.json", Verify),
        ("pipeline/model_index.json", Generate()),
        ("pipeline/scheduler/scheduler_config.json", Generate()),
        ("pipeline/transformer/config.json", Generate()),
        ("pipeline/vae/config.json", Generate()),
        ("pipeline/text_encoder/config.json", Generate()),
    ];

    private static IEnumerable<(string Name, byte[] Content)> NoJson =>
    [
        ("nothing", []),
        ("blanks", " \n\t "u8.ToArray()),
        ("null", "null"u8.ToArray()),
        ("a list", "[]"u8.ToArray()),
        ("a number", "1"u8.ToArray()),
        ("a text", "\"x\""u8.ToArray()),
        ("half an object", "{\"num_layers\": "u8.ToArray()),
        ("two objects", "{}{}"u8.ToArray()),
        ("a key alone", "{num_layers: 2}"u8.ToArray()),
        ("NaN", "{\"num_layers\": NaN}"u8.ToArray()),
        ("infinity", "{\"num_layers\": -Infinity}"u8.ToArray()),
        ("nesting", [.. Enumerable.Repeat((byte)'[', 100_000)]),
        ("nested objects", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 20_000)))),
        ("UTF-16", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("{}")]),
        ("bytes that are no UTF-8", [(byte)'{', (byte)'"', 0xFF, 0xC0, (byte)'"', (byte)':', (byte)'1', (byte)'}']),
        ("zeros", new byte[4096]),
        ("a pointer of git LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"u8.ToArray()),
        ("a web page", "<!DOCTYPE html><html><head><title>404</title></head><body>Not Found</body></html>"u8.ToArray()),
        ("a pickle", [0x80, 2, (byte)'}', (byte)'q', 0, (byte)'.']),
        ("a zip", [(byte)'P', (byte)'K', 3, 4, 20, 0, 0, 0]),
    ];

    private static IEnumerable<HostileCase> SpoiledJson() =>
        from file in JsonFiles
        from content in NoJson
        select new HostileCase($"{content.Name} as {file.File}", folder => folder.Write(file.File, content.Content), file.Command,
            // A byte order mark says how to read it, and then it is JSON.
            content.Name == "UTF-16" ? Either : Refused);

    private static IEnumerable<HostileCase> ConfigValues()
    {
        foreach (var key in new[] { "num_layers", "num_attention_heads", "attention_head_dim", "in_channels", "patch_size", "max_text_seq_length", "time_embed_dim", "sample_frames", "temporal_compression_ratio" })
        {
            foreach (var value in new[] { "0", "-1", "1.5", "1e400", "99999999999999999999", "\"3\"", "true", "[3]", "{}", "-9223372036854775808" })
                yield return Config(key, value, Refused);
        }
        foreach (var key in new[] { "norm_eps", "spatial_interpolation_scale", "dropout" })
        {
            foreach (var value in new[] { "1e400", "\"x\"", "[]", "NaN", "-1e-400", "\"\\u0661\"" })
                yield return Config(key, value, Either);
        }
        yield return Config("activation_fn", "\"gelu-nosuch\"", Refused);
        yield return Config("activation_fn", "7", Refused);
        yield return Config("_class_name", "\"NoSuchModel\"", Refused);
        yield return Config("_class_name", "3", Refused);
        yield return Config("_class_name", "\"../../CogVideoXTransformer3DModel\"", Refused);
        yield return Config("quantization_config", "{\"quant_method\": \"bitsandbytes\"}", Refused);
        yield return Config("num_layer", "3", Either);
        yield return Config("an unknown key", "{\"a\": [1, 2]}", Accepted);
        yield return Config("use_rotary_positional_embeddings", "\"true\"", Refused);
        yield return Config("num_layers", "2, \"num_layers\": 3", Either);
        yield return Config("patch_size_t", "2", Either);
    }

    private static HostileCase Config(string key, string value, Outcome outcome) =>
        new($"{key}: {value}", folder => folder.Set("case/model/config.json", key, value), Plan(), outcome);

    private static IEnumerable<HostileCase> CacheValues()
    {
        foreach (var value in new[] { "0", "-1", "1.5", "1e400", "99999999999999999999", "\"2\"", "true", "[2]", "{}", "2147483648" })
            yield return CacheConfig($"\"spatial_attention_block_skip_range\": {value}");
        foreach (var value in new[] { "[800, 100]", "[1]", "[1, 2, 3]", "[\"a\", 2]", "5", "[1e400, 2]", "{}", "[null, null]", "\"100,800\"" })
            yield return CacheConfig($"\"spatial_attention_timestep_skip_range\": {value}");
        foreach (var value in new[] { "[\"(\"]", "[\"*\"]", "[3]", "\"x\"", "[\"nosuch\"]", "[\"[a-\"]", "[\"\\\\\"]", "{}", "[null]" })
            yield return CacheConfig($"\"spatial_attention_block_skip_range\": 2, \"spatial_attention_block_identifiers\": {value}");
        // Patterns that take for ever on a long name.
        yield return CacheConfig("\"spatial_attention_block_skip_range\": 2, \"spatial_attention_block_identifiers\": [\"(([a-z_.0-9]+)+)+$X\"]", Either) with { InChild = true };
        yield return CacheConfig("\"spatial_attention_block_skip_range\": 2, \"spatial_attention_block_identifiers\": [\"(t|tr|tra|.)*(.*.*.*.*)*Q\"]", Either) with { InChild = true };
        yield return CacheConfig("\"spatial_attention_block_skip_rang\": 2");
        yield return CacheConfig("\"max_history_bytes\": -1");
        yield return CacheConfig("\"max_history_bytes\": 1e30");
        yield return CacheFile("{\"type\": \"TaylorSeer\", \"config\": {}}");
        yield return CacheFile("{\"type\": null, \"config\": {}}");
        yield return CacheFile("{\"config\": {}}");
        yield return CacheFile("{\"type\": \"FasterCache\", \"config\": []}");
        yield return CacheFile("{\"type\": \"FasterCache\", \"config\": {}, \"attention_weight_by_step\": \"x\"}");
        yield return CacheFile("{\"type\": \"FasterCache\", \"config\": {\"tensor_format\": \"BCHFW\"}}");
        yield return CacheFile("{\"type\": \"FasterCache\", \"config\": {\"alpha_low_frequency\": 1e400}}");
        yield return CacheFile("{\"type\": \"FasterCache\", \"config\": {\"unconditional_batch_skip_range\": 0}}");
        yield return CacheFile("{\"type\": \"FasterCache\", \"config\": {}, \"attention_weight_by_step\": []}");
    }

    private static HostileCase CacheConfig(string entries, Outcome outcome = Refused) =>
        CacheFile("{\"type\": \"PyramidAttentionBroadcast\", \"config\": {" + entries + "}}", outcome);

    private static HostileCase CacheFile(string text, Outcome outcome = Refused) =>
        new($"cache {text}", folder => folder.Write("cache.json", text), Plan(), outcome);

    private static IEnumerable<HostileCase> OptionValues()
    {
        string[] noCount = ["", "0", "-1", "1,5", "1.5", "1,000", "1e3", "0x10", "NaN", "∞", "١٢", " ", "2147483648", "99999999999999999999", "two", "1_000", "+ 1", "--"];
        foreach (var value in noCount)
        {
            yield return new($"--steps {value}", null, ["plan", "@/case/model", "--cache", "pab", "--steps", value]);
            yield return new($"--rounds {value}", null, ["bench", "@/case/model", "--rounds", value]);
            yield return new($"--frames {value}", null, Without(Generate(), "--frames", "--frames", value));
            yield return new($"--num-images {value}", null, Generate("--num-images", value));
            yield return new($"--scale {value}", null, Generate("--scale", value));
        }
        foreach (var value in new[] { "", "1,5", "NaN", "Infinity", "-Infinity", "1e400", "٣", "0x1p3", "six" })
        {
            yield return new($"--guidance-scale {value}", null, Generate("--guidance-scale", value));
            yield return new($"--fps {value}", null, Generate("--fps", value));
        }
        foreach (var value in new[] { "0", "-8", "1e-300", "1e300" })
            yield return new($"--fps {value}", null, Generate("--fps", value));
        foreach (var value in new[] { "", "1.5", "99999999999999999999", "x", "1,0" })
            yield return new($"--seed {value}", null, Generate("--seed", value));
        foreach (var value in new[] { "15", "-16", "7", "1000000007" })
        {
            yield return new($"--height {value}", null, Generate("--height", value));
            yield return new($"--width {value}", null, Generate("--width", value));
        }
        foreach (var value in new[] { "2147483647", "100000000" })
        {
            yield return new($"--num-images {value}", null, Generate("--num-images", value));
            yield return new($"--scale {value}", null, Generate("--scale", value));
        }
        foreach (var value in new[] { "float64", "", "FLOAT32x", "int8", "6" })
            yield return new($"--dtype {value}", null, Without(Generate(), "--dtype", "--dtype", value));
        foreach (var value in new[] { "gpu", "", "cuda:99", "meta", "1" })
            yield return new($"--device {value}", null, Generate("--device", value));
        foreach (var value in new[] { "euler", "", "DDIM ", "0" })
            yield return new($"--scheduler {value}", null, Generate("--scheduler", value));
        foreach (var value in new[] { "3", "batched,none", "", "Both" })
            yield return new($"--layout {value}", null, Plan("--layout", value));
        foreach (var value in new[] { "sm_0", "sm_x", "", "90", "compute_90", "sm_99999999999" })
            yield return new($"--arch {value}", null, ["kernels", "--list", "--arch", value]);
        foreach (var command in new[] { "verify", "plan", "bench", "generate", "quality", "kernels" })
        {
            yield return new($"{command} with an option that it has not", null, [command, "--nosuch"]);
            yield return new($"{command} with too many arguments", null, [command, "a", "b", "c", "d"]);
        }
        yield return new("--steps twice", null, Plan("--steps", "5"), Either);
        yield return new("--cache without a value", null, ["plan", "@/case/model", "--cache"]);
        yield return new("bench load, an argument before it", null, ["bench", "@/case/model", "load"]);
        yield return new("bench load with cache", null, ["bench", "load", "--cache", "pab"]);
        yield return new("--compare without a cache", null, Generate("--compare", "--cache", "none"));
        yield return new("plan without a cache", null, ["plan", "@/case/model", "--cache", "none"]);
        yield return new("no kernel of that name", null, ["kernels", "nosuchkernel"]);
    }

    private static string[] Without(string[] command, string option, params string[] more)
    {
        var at = Array.IndexOf(command, option);
        return [.. command[..at], .. command[(at + 2)..], .. more];
    }
}
