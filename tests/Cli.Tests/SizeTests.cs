using System.Text.Json.Nodes;
using Afterimage.Tuning;

namespace Afterimage.Cli.Tests;

/// <summary>What cannot fit into memory or on a disk is refused in one line; the machine's own limit is far above what runs here.</summary>
[TestClass]
public class SizeTests
{
    [TestMethod]
    [DataRow("cogvideox-5b-tiny", "num_layers")]
    [DataRow("flux-tiny", "num_layers")]
    [DataRow("flux-tiny", "num_single_layers")]
    [DataRow("latte-tiny", "num_layers")]
    [DataRow("ltx-tiny", "num_layers")]
    [DataRow("mochi-tiny", "num_layers")]
    [DataRow("wan-tiny", "num_layers")]
    public void Plan_OfABillionLayers_NamesThemAndTheEstimate(string model, string key) =>
        Tool.Run("plan", Changed(model, key, 1_000_000_000), "--cache", "pab").AssertError(1, $"{key} 1000000000", "TiB at least", "--force");

    [TestMethod]
    [DataRow("cogvideox-5b-tiny", "num_attention_heads", 2_000_000_000)]
    [DataRow("cogvideox-5b-tiny", "sample_frames", 2_000_000_000)]
    [DataRow("cogvideox-5b-tiny", "max_text_seq_length", 2_000_000_000)]
    [DataRow("cogvideox-5b-tiny", "sample_height", 2_000_000_000)]
    [DataRow("latte-tiny", "sample_size", 2_000_000_000)]
    [DataRow("latte-tiny", "video_length", 2_000_000_000)]
    public void Plan_OfAnySizeBeyondBounds_IsOneLine(string model, string key, int value) =>
        Tool.Run("plan", Changed(model, key, value), "--cache", "pab").AssertError(1);

    [TestMethod]
    public void Bench_OfWeightsBeyondMemory_IsRefusedBeforeTheyAreLookedFor() =>
        Tool.Run("bench", Changed("cogvideox-5b-tiny", "text_embed_dim", 2_000_000_000)).AssertError(1, "text_embed_dim 2000000000", "the weights", "--force");

    [TestMethod]
    [DataRow("--steps 1000000000", "plan", "flux-tiny", "--cache", "pab", "--steps", "1000000000")]
    [DataRow("--rounds 1000000000", "bench", "cogvideox-5b-tiny", "--rounds", "1000000000")]
    [DataRow("--mib 2147483647", "bench", "load", "--mib", "2147483647")]
    public void Number_BeyondMemoryOrDisk_IsRefused(string part, params string[] arguments)
    {
        var paths = arguments.Select(argument => argument.EndsWith("-tiny", StringComparison.Ordinal) ? Path.Combine(Tool.Goldens, argument, "model") : argument);
        Tool.Run([.. paths]).AssertError(1, part[(part.IndexOf(' ', StringComparison.Ordinal) + 1)..], "--force");
    }

    [TestMethod]
    [DataRow("CogVideoXDDIMScheduler")]
    [DataRow("CogVideoXDPMScheduler")]
    [DataRow("DDIMScheduler")]
    [DataRow("UniPCMultistepScheduler")]
    [DataRow("FlowMatchEulerDiscreteScheduler")]
    public void Plan_WithBillionsOfTrainingTimesteps_IsRefused(string scheduler)
    {
        var folder = Changed("cogvideox-5b-tiny", "num_layers", 1);
        Directory.CreateDirectory(Path.Combine(folder, "scheduler"));
        File.WriteAllText(
            Path.Combine(folder, "scheduler", "scheduler_config.json"), $$"""{"_class_name": "{{scheduler}}", "num_train_timesteps": 2147483647}""");
        Tool.Run("plan", folder, "--cache", "pab").AssertError(1, "num_train_timesteps 2147483647", "80 GiB at least");
    }

    [TestMethod]
    public void Disk_Estimate_RefusesWhatIsOverTheRest()
    {
        DiskEstimate.Require("--mib 1", 1 << 20, Path.GetTempPath(), free: 1 << 20);
        var error = Assert.ThrowsExactly<IOException>(() => DiskEstimate.Require("--mib 2", 2 << 20, Path.GetTempPath(), free: 1 << 20));
        Assert.Contains("--mib 2", error.Message);
        Assert.Contains("2 MiB", error.Message);
        Assert.Contains("1 MiB are free", error.Message);
    }

    /// <summary>One at a time beside that without a cache, unless that comes last in some round.</summary>
    [TestMethod]
    [DataRow(1, 1, 2, 2)]
    [DataRow(1, 3, 12, 2)]
    [DataRow(2, 1, 12, 12)]
    [DataRow(24, 1, 4, 4)]
    [DataRow(3, 2, 4, 4)]
    public void Quality_FilmsAtATime_AreThoseUntilTheOneWithoutACache(int prompts, int repeats, int caches, int expected)
    {
        var most = 0;
        for (var prompt = 0; prompt < prompts; prompt++)
        {
            var kept = new HashSet<int>();
            foreach (var cache in Rounds.Order(prompt * repeats, caches))
            {
                kept.Add(cache);
                most = Math.Max(most, kept.Count);
                if (kept.Contains(0))
                    kept.RemoveWhere(other => other != 0);
            }
        }
        Assert.AreEqual(most, Cli.Quality.QualityDisk.MostAtATime(prompts, repeats, caches));
        Assert.AreEqual(expected, most);
    }

    /// <summary>A folder with a recorded model's config and one setting of another value.</summary>
    private static string Changed(string model, string key, int value)
    {
        var folder = Directory.CreateTempSubdirectory("afterimage-size-").FullName;
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(Tool.Goldens, model, "model", "config.json")))!.AsObject();
        config[key] = value;
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        return folder;
    }
}
