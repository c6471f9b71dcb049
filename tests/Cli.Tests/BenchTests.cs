namespace Afterimage.Cli.Tests;

[TestClass]
public class BenchTests
{
    [TestMethod]
    public void Bench_AsJson_MeasuresEveryCacheAndKindOfStep()
    {
        var result = Tool.Run("bench", Path.Combine(Tool.Goldens, "cogvideox-5b-tiny", "model"), "--steps", "20", "--rounds", "1", "--json");
        result.AssertExit(0);
        var caches = result.Json.GetProperty("caches").EnumerateArray().ToDictionary(cache => cache.GetProperty("cache").GetString()!);
        CollectionAssert.AreEquivalent(new[] { "none", "pab", "faster" }, caches.Keys);
        Assert.AreEqual(1, caches["none"].GetProperty("speedup").GetDouble());
        var spread = caches["pab"].GetProperty("speedup_spread");
        Assert.AreEqual(1, spread.GetProperty("count").GetInt32());
        Assert.AreEqual(caches["pab"].GetProperty("speedup").GetDouble(), spread.GetProperty("median").GetDouble());
        Assert.AreEqual(0, caches["none"].GetProperty("moved").GetDouble());
        Assert.IsGreaterThan(0, caches["pab"].GetProperty("history_bytes").GetInt64());
        foreach (var cache in caches.Values) // of a process with .NET and libtorch in it
            Assert.IsInRange(50L << 20, 2L << 30, cache.GetProperty("peak_memory_bytes").GetInt64());
        Assert.IsGreaterThan(0, caches["faster"].GetProperty("moved").GetDouble());
        var kinds = caches["faster"].GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("kind").GetString());
        CollectionAssert.IsSubsetOf(new[] { "full", "conditional only", "conditional only + reuse" }, kinds.ToList());
        foreach (var cache in caches.Values)
            Assert.AreEqual(20, cache.GetProperty("steps").EnumerateArray().Sum(step => step.GetProperty("count_per_run").GetInt32()));
    }

    [TestMethod]
    [DataRow("2", "(too few rounds)", 1)]
    [DataRow("3", "–", 0)]
    public void Bench_AsATable_SaysWhatSpeedUpsAreKnownTo(string rounds, string part, int tooFew)
    {
        var result = Tool.Run("bench", Path.Combine(Tool.Goldens, "cogvideox-5b-tiny", "model"), "--steps", "3", "--rounds", rounds, "--cache", "pab");
        result.AssertExit(0);
        var text = string.Concat(result.Output.Where(character => !char.IsWhiteSpace(character) && character != '│'));
        Assert.Contains("1.00×", text);
        Assert.Contains(part.Replace(" ", "", StringComparison.Ordinal), text, result.Output);
        Assert.AreEqual(tooFew, result.Output.Split("(too").Length - 1, result.Output);
    }

    [TestMethod]
    public void Bench_OnADeviceThatIsNotThere_SaysHowToGetItBeforeLoading() =>
        Tool.Run("bench", "no-such-folder", "--device", "cuda", "--cuda-graphs").AssertError(3, "There is no CUDA device", "-p:Torch=cuda");

    /// <summary>What is behind it would be no numbers either.</summary>
    [TestMethod]
    [DataRow("float32", float.NaN, "Their type, Float32, has the range")]
    [DataRow("float32", float.PositiveInfinity, "Their type, Float32, has the range")]
    [DataRow("float16", 1e30f, "Load the model in bfloat16 or float32")]
    public void Bench_StepThatGivesNoNumbers_StopsThere(string dtype, float weight, string cause)
    {
        var folder = Tool.Copy("cogvideox-5b-tiny");
        var weights = Path.Combine(folder, "model", "diffusion_pytorch_model.safetensors");
        using (var file = File.OpenWrite(weights))
        {
            file.Seek(-sizeof(float), SeekOrigin.End);
            file.Write(BitConverter.GetBytes(weight));
        }
        var result = Tool.Run("bench", Path.Combine(folder, "model"), "--steps", "3", "--rounds", "1", "--dtype", dtype);
        result.AssertError(1, "The latents after step 1 of 2", "with cache none", "are not finite", cause);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Its caches see one call a step, so that there is no unconditional half for FasterCache to skip.</summary>
    [TestMethod]
    public void Bench_OfFlux_RunsWithItsDefaultCaches()
    {
        var result = Tool.Run("bench", Path.Combine(Tool.Goldens, "flux-tiny", "model"), "--steps", "2", "--rounds", "1", "--json");
        result.AssertExit(0);
        CollectionAssert.AreEqual(
            new[] { "none", "pab", "faster" },
            result.Json.GetProperty("caches").EnumerateArray().Select(cache => cache.GetProperty("cache").GetString()).ToArray());
    }

    [TestMethod]
    public void Bench_UnknownCache_NamesTheKnown() => Tool.Run("bench", "--cache", "quick").AssertError(1, "quick", "pab, faster");

    [TestMethod]
    public void Bench_NoSteps_IsRefused() => Tool.Run("bench", "--steps", "0").AssertError(2, "--steps must be above 0, got 0.");

    /// <summary>
    /// A second copy of the weights, in their own type or in the file's, would be 120 MiB more: loading may take a tenth of the
    /// weights, and the code that it runs first.
    /// </summary>
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)] // Elsewhere the peak is not to be had apart from the start of the process.
    [DataRow("bfloat16", "bfloat16", 1)]
    [DataRow("bfloat16", "float32", 2)]
    [DataRow("float32", "bfloat16", 0.5)]
    public void BenchLoad_OfMadeUpWeights_NeedsHardlyMoreThanTheWeights(string saved, string dtype, double widening)
    {
        const long Code = 64 << 20;
        var result = Tool.RunProcess("bench", "load", "--mib", "120", "--saved", saved, "--dtype", dtype, "--json");
        result.AssertExit(0);
        var (file, weights, before, peak) = (Bytes("file_bytes"), Bytes("weight_bytes"), Bytes("before_bytes"), Bytes("peak_bytes"));
        Assert.IsInRange(80L << 20, 121L << 20, file);
        Assert.AreEqual(file * widening, weights);
        Assert.IsLessThan(1.1 * weights + before + Code, peak);
        Assert.AreEqual((double)peak / weights, result.Json.GetProperty("ratio").GetDouble());

        long Bytes(string name) => result.Json.GetProperty(name).GetInt64();
    }

    [TestMethod]
    public void BenchLoad_OfAFolder_LoadsThat()
    {
        var result = Tool.Run("bench", "load", Path.Combine(Tool.Goldens, "wan-tiny", "model"), "--dtype", "float32");
        result.AssertExit(0);
        Assert.Contains("WanTransformer3DModel", result.Output);
    }

    [TestMethod]
    public void BenchLoad_OfNothing_SaysSo() => Tool.Run("bench", "load", "/nosuch").AssertError(1, "/nosuch");

    [TestMethod]
    public void BenchLoad_NoSize_IsRefused() => Tool.Run("bench", "load", "--mib", "0").AssertError(2, "--mib must be above 0, got 0.");
}
