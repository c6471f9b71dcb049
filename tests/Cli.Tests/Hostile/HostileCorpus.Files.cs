using System.Buffers.Binary;
using System.Text;
using static Afterimage.Cli.Tests.Hostile.Outcome;

namespace Afterimage.Cli.Tests.Hostile;

internal static partial class HostileCorpus
{
    private const string CaseWeights = "case/model/diffusion_pytorch_model.safetensors";

    private static IEnumerable<HostileCase> SpecialFiles()
    {
        foreach (var (file, command) in JsonFiles)
        {
            yield return new($"{file} is missing", folder => folder.Remove(file), command);
            yield return new($"{file} is a folder", folder => { folder.Remove(file); Directory.CreateDirectory(folder[file]); }, command);
            yield return new($"{file} is a link to itself", folder => folder.Link(file, folder[file]), command);
            yield return new($"{file} is a link to nothing", folder => folder.Link(file, "/nonexistent/x"), command);
            yield return new($"{file} is /dev/null", folder => folder.Link(file, "/dev/null"), command);
        }
        foreach (var (file, command) in JsonFiles.Take(5).Append((CaseWeights, Verify)).Append(("prompts.txt", Quality("--prompts", "@/prompts.txt"))))
        {
            yield return new($"{file} is a pipe that nobody writes to", folder => folder.Pipe(file), command) { InChild = true };
            yield return new($"{file} is /dev/zero", folder => folder.Link(file, "/dev/zero"), command) { InChild = true };
        }
        yield return new("a model of /dev/null", null, ["plan", "/dev/null", "--cache", "pab"]);
        yield return new("a case of /dev", null, ["verify", "/dev"]) { InChild = true };
        yield return new("a film in /proc", null, Without(Generate(), "--out", "--out", "/proc/film.webp"));
        yield return new("a film in a missing folder", null, Without(Generate(), "--out", "--out", "@/no/film.webp"));
        yield return new("a film on a full disk", folder => folder.Link("film.png", "/dev/full"), Without(Generate(), "--out", "--out", "/dev/full"));
        yield return new("a film that is a folder", folder => Directory.CreateDirectory(folder["film.webp"]), Generate());
        yield return new("a plan in a missing folder", null, Plan("--out", "@/no/plan.png"));
        yield return new("a plan that is a folder", folder => Directory.CreateDirectory(folder["plan.png"]), Plan("--out", "@/plan.png"));
        yield return new("a plan in /proc", null, Plan("--out", "/proc/plan.json"));
        yield return new("a plan of another kind", null, Plan("--out", "@/plan.pdf"));
        foreach (var file in new[] { "/dev/zero", "/dev/null", "/nonexistent", "@/pipeline" })
            yield return new($"a picture in {file}", null, Generate("--image", file)) { InChild = true };
        yield return new("a picture that is a pipe", folder => folder.Pipe("picture.png"), Generate("--image", "@/picture.png")) { InChild = true };
        yield return new("a picture of text", null, Generate("--image", "@/prompts.txt"));
        yield return new("a report that is a folder", folder => Directory.CreateDirectory(folder["report.md"]), Quality());
    }

    private static string[] GenerateAll(params string[] more) => [.. Generate().Where(word => word != "a red circle"), "--prompts", "@/prompts.txt", .. more];

    private static string[] Quality(params string[] more) =>
        ["quality", "@/pipeline", "--cache", "pab", "--repeats", "1", "--dtype", "float32", "--steps", "1", "--frames", "1", "--out", "@/report.md", .. more];

    private static IEnumerable<HostileCase> Weights()
    {
        foreach (var (name, content) in NoJson)
        {
            yield return Weight($"{name} as weights", content);
            yield return Weight($"{name} as a header", Safetensors(content, 64));
            yield return new($"{name} as a tokenizer", folder => folder.Write("pipeline/tokenizer/spiece.model", content), Generate());
        }
        foreach (var length in new ulong[] { ulong.MaxValue, 1UL << 63, 1UL << 40, 100_000_001, 0, 1 })
        {
            var bytes = Safetensors("{}"u8, 64);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
            yield return Weight($"a header of {length} bytes", bytes);
        }
        foreach (var entry in new[]
        {
            "{}", "null", "[]", "{\"dtype\": \"F32\", \"shape\": [4]}",
            "{\"dtype\": \"F33\", \"shape\": [4], \"data_offsets\": [0, 16]}",
            "{\"dtype\": \"F32\", \"shape\": [-4], \"data_offsets\": [0, 16]}",
            "{\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [16, 0]}",
            "{\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [0, 99999]}",
            "{\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [-16, 0]}",
            "{\"dtype\": \"F32\", \"shape\": [5], \"data_offsets\": [0, 16]}",
            "{\"dtype\": \"F32\", \"shape\": [4294967296, 4294967296], \"data_offsets\": [0, 0]}",
            "{\"dtype\": \"F32\", \"shape\": [1.5], \"data_offsets\": [0, 6]}",
            "{\"dtype\": 32, \"shape\": [4], \"data_offsets\": [0, 16]}",
            "{\"dtype\": \"F32\", \"shape\": \"4\", \"data_offsets\": [0, 16]}",
            "{\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [0, 16, 32]}",
            "{\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [0, 9223372036854775807]}",
        })
        {
            yield return Weight($"an entry {entry}", Safetensors(Encoding.UTF8.GetBytes($"{{\"proj_out.bias\": {entry}}}"), 64));
        }
        yield return new("weights that end early", folder =>
        {
            using var file = File.OpenWrite(folder[CaseWeights]);
            file.SetLength(file.Length - 1);
        }, Verify);
        yield return new("weights with more behind them", folder => File.AppendAllText(folder[CaseWeights], "more"), Verify, Either);
        yield return new("no weights", folder => folder.Remove(CaseWeights), Verify);
        foreach (var index in new[] { "{}", "{\"weight_map\": {}}", "{\"weight_map\": []}", "{\"weight_map\": {\"a\": 3}}", "{\"weight_map\": {\"a\": \"../../x.safetensors\"}}", "{\"weight_map\": {\"a\": \"nosuch.safetensors\"}}", "{\"weight_map\": {\"a\": \"/etc/passwd\"}}", "{\"weight_map\": {\"a\": \"\"}}" })
        {
            yield return new($"an index {index}", folder =>
            {
                folder.Remove(CaseWeights);
                folder.Write($"{CaseWeights}.index.json", index);
            }, Verify);
        }
    }

    private static HostileCase Weight(string name, byte[] content) => new(name, folder => folder.Write(CaseWeights, content), Verify);

    private static byte[] Safetensors(ReadOnlySpan<byte> header, int data)
    {
        var bytes = new byte[8 + header.Length + data];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        header.CopyTo(bytes.AsSpan(8));
        return bytes;
    }

    private static IEnumerable<HostileCase> NamesAndTexts()
    {
        foreach (var name in new[] { "", " ", "nosuch", "no\nsuch", "no\rsuch", "no\tsuch", "no'such", "no\"such", "nö-日本-🦦", "[red]x[/]", "{0}", "%s%n", "-", "~", "no/such", new string('a', 300), new string('a', 5000), "a\u001b[31mb", "\ud800", "org/name", "http://example.org/model" })
        {
            yield return new($"a model '{name}'", null, ["plan", name, "--cache", "pab"]);
            yield return new($"a cache '{name}'", null, ["plan", "@/case/model", "--cache", name]);
            yield return new($"a case '{name}'", null, ["verify", name]);
            yield return new($"a pipeline '{name}'", null, ["generate", name, "a red circle"]);
            yield return new($"prompts in '{name}'", null, Quality("--prompts", name));
        }
        foreach (var prompt in new[] { "", " ", "\n", "🦦🦦", "\u0000", "\u200b\u202e", new string('x', 20_000), "[bold]", "<extra_id_0></s>", "e\u0301" })
            yield return new($"a prompt '{(prompt.Length > 20 ? prompt[..20] : prompt)}'", null, ["generate", "@/pipeline", prompt, .. Generate()[3..]], Either);
        foreach (var target in new[] { "", ".webp", "film", "film.avi", "film%.png", "%d-%d.png", "%s.png", "%99d.png", "a/b/c/film.gif", new string('f', 300) + ".webp", "film.webp/", ".." })
            yield return new($"a film '{target}'", null, Without(Generate(), "--out", "--out", target.Length == 0 ? target : "@/" + target));
        foreach (var prompts in new[] { "", "\n\n", "\u0000", "\ufeff", "# no\n#\n" })
        {
            yield return new($"prompts '{prompts}'", folder => folder.Write("prompts.txt", prompts), Quality("--prompts", "@/prompts.txt"), prompts == "\u0000" ? Either : Refused);
            yield return new($"prompts '{prompts}' to generate", folder => folder.Write("prompts.txt", prompts), GenerateAll(), prompts == "\u0000" ? Either : Refused);
        }
    }

    private static IEnumerable<HostileCase> Environments()
    {
        yield return In("AFTERIMAGE_KERNELS", "wrong", Refused);
        yield return In("AFTERIMAGE_KERNELS", "torch", Accepted);
        yield return In("AFTERIMAGE_KERNELS", "", Accepted);
        foreach (var culture in new[] { "tr_TR.UTF-8", "de_DE.UTF-8", "ar_SA.UTF-8", "nonsense", "", "C" })
            yield return In("LANG", culture, Accepted);
        yield return In("HOME", "/nonexistent", Accepted);
        yield return In("TMPDIR", "/nonexistent", Accepted);
        yield return In("TERM", "dumb", Accepted);
        yield return In("COLUMNS", "-5", Accepted);
        yield return In("NO_COLOR", "1", Accepted);
        yield return In("AFTERIMAGE_LIBTORCH", "/nonexistent", Accepted);
        yield return In("NUGET_PACKAGES", "/nonexistent", Accepted);
    }

    private static HostileCase In(string variable, string value, Outcome outcome) =>
        new($"{variable}={value}", null, Plan(), outcome) { InChild = true, Environment = new Dictionary<string, string> { [variable] = value } };

    private static IEnumerable<HostileCase> Sizes()
    {
        foreach (var (key, value) in new[]
        {
            ("num_layers", "1000000000"), ("num_attention_heads", "1000000000"), ("attention_head_dim", "1000000000"),
            ("text_embed_dim", "4000000000000"), ("in_channels", "1000000000"), ("time_embed_dim", "9223372036854775807"),
            ("sample_width", "1000000000"), ("sample_frames", "1000000000"), ("max_text_seq_length", "1000000000000"),
        })
        {
            // A plan makes no latents, and so none that are too large.
            yield return new($"{key} {value}", folder => folder.Set("case/model/config.json", key, value), Plan(), key == "in_channels" ? Either : Refused) { InChild = true };
        }
        yield return new("10^9 steps to plan", null, Plan("--steps", "1000000000"), Either) { InChild = true };
        yield return new("10^9 steps", null, Without(Generate(), "--steps", "--steps", "1000000000")) { InChild = true };
        yield return new("10^9 frames", null, Without(Generate(), "--frames", "--frames", "1000000001")) { InChild = true };
        yield return new("10^9 rows", null, Generate("--height", "1600000000")) { InChild = true };
        yield return new("10^9 columns", null, Generate("--width", "1600000000")) { InChild = true };
        yield return new("10^9 train timesteps", folder => folder.Set("pipeline/scheduler/scheduler_config.json", "num_train_timesteps", "2000000000"), Generate()) { InChild = true };
        yield return new("10^9 MiB of weights", null, ["bench", "load", "--mib", "2000000000"]) { InChild = true };
        yield return new("10^9 rounds", null, ["bench", "@/case/model", "--rounds", "2000000000"]) { InChild = true };
    }
}
