using System.Text.Json;

namespace Afterimage.Cli.Tests;

/// <summary>The program that measures GPUs, on the CPU and in the small: every part, and the report of them all.</summary>
[TestClass]
public sealed class DeviceTests
{
    private const string Diffusers = """
        {"part": "steps", "engine": "diffusers", "model": "tiny", "software": "torch 0.0", "result": {
          "model": "CogVideoXTransformer3DModel", "inputs": "[2, 2, 16, 10, 12]", "dtype": "bfloat16", "machine": "m", "threads": 1,
          "steps": 10, "rounds": 1, "caches": [
            {"cache": "none", "seconds_per_run": 5000, "speedup": 1.0, "peak_memory_bytes": 0, "history_bytes": 0, "moved": 0.0,
             "steps": [{"kind": "full", "count_per_run": 10, "median_seconds": 500, "minimum_seconds": 400}]}]}}
        """;

    [TestMethod]
    public void EveryPart_OnTheCpu_IsMeasuredAndReported()
    {
        var folder = Directory.CreateTempSubdirectory("afterimage-device-").FullName;
        try
        {
            Measure("kernels", "--model", "tiny");
            Measure("steps", "--model", "tiny", "--steps", "10");
            Measure("memory", "--model", "tiny", "--cache", "faster", "--steps", "10");
            Measure("threads");
            string[] agreement = ["--model", "tiny", "--steps", "10", "--latents", In("latents")];
            Measure("agreement", agreement);
            Measure("agreement", agreement);
            File.WriteAllText(In("steps-diffusers.json"), Diffusers);
            Tool.RunProgram("Afterimage.Device", "report", folder, Directory.CreateDirectory(In("out")).FullName).AssertExit(0);
            AssertResults(JsonDocument.Parse(File.ReadAllText(In("out/results.json"))).RootElement, File.ReadAllText(In("out/results.md")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        string In(string name) => Path.Combine(folder, name);

        void Measure(string part, params string[] arguments) =>
            Tool.RunProgram("Afterimage.Device", [part, "--device", "cpu", "--out", In($"{part}.json"), .. arguments]).AssertExit(0);
    }

    private static void AssertResults(JsonElement results, string markdown)
    {
        var parts = results.GetProperty("parts").EnumerateArray()
            .ToDictionary(part => $"{part.GetProperty("part")} of {part.GetProperty("engine")}", part => part.GetProperty("result"));
        string[] own = ["kernels", "steps", "memory", "threads", "agreement"];
        CollectionAssert.AreEquivalent(own.Select(part => $"{part} of afterimage").Append("steps of diffusers").ToList(), parts.Keys);

        var caches = parts["steps of afterimage"].GetProperty("caches").EnumerateArray()
            .ToDictionary(cache => cache.GetProperty("cache").GetString()!, cache => Names(cache.GetProperty("steps"), "kind"));
        CollectionAssert.AreEquivalent(new[] { "none", "pab", "faster", "faster, guided in the run" }, caches.Keys);
        Assert.AreSequenceEqual(["full", "reuse"], caches["pab"]);
        Assert.AreSequenceEqual(["full", "conditional only", "conditional only + reuse"], caches["faster"]);
        Assert.AreSequenceEqual(caches["faster"], caches["faster, guided in the run"]);

        var kernels = parts["kernels of afterimage"];
        string[] operations = ["blend into a batch", "blend with guidance", "combine two results", "combine four results"];
        Assert.AreSequenceEqual(operations, Names(kernels.GetProperty("first_uses"), "operation"));
        Assert.AreSequenceEqual([.. operations, .. operations[..2]], Names(kernels.GetProperty("bandwidths"), "operation"));
        foreach (var row in kernels.GetProperty("bandwidths").EnumerateArray())
            Assert.IsGreaterThan(0, row.GetProperty("copy_share").GetDouble());

        Assert.AreEqual(0, parts["threads of afterimage"].GetProperty("difference").GetDouble());
        var agreements = parts["agreement of afterimage"].GetProperty("agreements").EnumerateArray().ToList();
        Assert.HasCount(4, agreements);
        Assert.IsTrue(agreements.TrueForAll(row => row.GetProperty("difference").GetDouble() == 0));
        Assert.IsGreaterThan(0, parts["memory of afterimage"].GetProperty("history_bytes").GetInt64());

        foreach (var title in new[] { "### tiny: [2, 2, 16, 10, 12], bfloat16", "### Memory", "### Bandwidth", "### First use", "### Checks" })
            Assert.Contains(title, markdown);
        Assert.Contains("| diffusers | none | full | 10 | 500.0000 | 400.0000 | 1.00 | 5000.00 | 1.00 × |", markdown);
    }

    private static List<string> Names(JsonElement rows, string property) =>
        [.. rows.EnumerateArray().Select(row => row.GetProperty(property).GetString()!)];
}
