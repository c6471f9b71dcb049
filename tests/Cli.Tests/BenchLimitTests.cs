using System.Xml.Linq;
using Afterimage.Cli.Bench;
using Afterimage.Tuning;
using static TorchSharp.torch;

namespace Afterimage.Cli.Tests;

[TestClass]
public class BenchLimitTests
{
    /// <summary>A reuse step has no attention to do, and a conditional-only step half of all products.</summary>
    [TestMethod]
    public void Limit_OfEveryKindOfStep_IsMadeOfTheProductsThatItHas()
    {
        var result = Tool.Run("bench", "--tokens", "300", "--steps", "6", "--rounds", "1", "--limit", "--json");
        result.AssertExit(0);
        var kinds = result.Json.GetProperty("kinds").EnumerateArray().ToDictionary(kind => $"{kind.GetProperty("cache")}, {kind.GetProperty("kind")}");
        var (full, reuse, half) = (kinds["none, full"], kinds["pab, reuse"], kinds["faster, conditional only"]);
        Assert.AreEqual(6, full.GetProperty("count").GetInt32());
        Assert.IsGreaterThan(0, Number(full, "attention_seconds"));
        Assert.AreEqual(0, Number(reuse, "attention_seconds"));
        Assert.AreEqual(0.5, Number(half, "gflop") / Number(full, "gflop"), 0.01);
        foreach (var kind in kinds.Values)
        {
            Assert.IsGreaterThan(0, Number(kind, "layer_seconds"));
            Assert.IsGreaterThan(0, Number(kind, "pass_seconds"));
            Assert.IsGreaterThan(0, kind.GetProperty("share").GetProperty("median").GetDouble());
        }
        foreach (var rate in (string[])["layer_gflops", "attention_gflops", "pass_gigabytes"])
            Assert.IsGreaterThan(0, result.Json.GetProperty(rate).GetDouble());

        static double Number(System.Text.Json.JsonElement kind, string name) => kind.GetProperty(name).GetDouble();
    }

    [TestMethod]
    public void Record_OfALayerBehindAnother_CountsEachProductAndWhatLiesBetween()
    {
        using var scope = NewDisposeScope();
        using var model = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8));
        using var recorder = new WorkRecorder();
        var steps = recorder.Record(model, onStep =>
        {
            model.call(ones(4, 8)).Dispose();
            onStep();
            model.call(ones(2, 8)).Dispose();
            onStep();
        });
        Assert.HasCount(2, steps);
        Assert.AreEqual(2 * 2 * 4 * 8 * 16, steps[0].Flops);
        Assert.AreEqual(steps[0].Flops / 2, steps[1].Flops);
        // In and out of both layers, in float32: each is read or written once.
        Assert.AreEqual(4 * 4 * (8 + 16 + 16 + 8), steps[0].Amount(WorkKind.Pass));
        model.call(ones(4, 8)).Dispose();
        Assert.AreEqual(2 * 2 * 4 * 8 * 16, steps[0].Flops, "What comes behind the record is none of it.");
    }

    [TestMethod]
    [DataRow("cogvideox", 300, 1)]
    [DataRow("latte", 1200, 2)]
    [DataRow("wan", 600, 1)]
    [DataRow("flux", 300, 2)]
    public void BenchModel_OfAnySize_HasInputsOfThatManyTokens(string kind, int tokens, int batch)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var subject = new BenchModel(kind, tokens, batch).Build(ScalarType.BFloat16, META);
        Assert.AreEqual(tokens * 24 / 25, subject.Example.Tokens);
        Assert.AreEqual(batch, subject.Latents.size(0));
        var halves = subject.BenchLayout == GuidanceLayout.Batched ? 2 : 1;
        var input = cat([.. Enumerable.Repeat(subject.Latents, halves)]);
        CollectionAssert.AreEqual(input.shape, subject.Forward(input, 500).shape);
    }

    [TestMethod]
    public void Growth_OfTheSmallestSize_WritesItsTableAndItsPicture()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("afterimage-growth-").FullName, "growth.svg");
        var result = Tool.Run("bench", "growth", "--most", "300", "--steps", "1", "--picture", path);
        result.AssertExit(0);
        var rows = result.Output.Trim().Split('\n')[2..];
        CollectionAssert.AreEqual(new[] { "| 300 | 1 ", "| 300 | 2 ", "| 300 | 4 " }, rows.Select(row => row[..10]).ToArray(), result.Output);
        var picture = XDocument.Load(path);
        Assert.HasCount(rows.Length, picture.Descendants().Where(shape => shape.Name.LocalName == "circle"));
    }

    [TestMethod]
    public void Growth_DrawnOfItsOwnCost_LiesOnItsOwnCurve()
    {
        GrowthRow[] rows = [.. new[] { 300, 1200, 4800 }.Select(tokens =>
            new GrowthRow(tokens, 1, 1, 1, tokens / 1000.0, new Spread(tokens / 1000.0, tokens / 1000.0, tokens / 1000.0, 3), 1))];
        var picture = XDocument.Parse(GrowthPicture.Draw("model", rows)).Root!.Elements().ToList();
        var curve = picture.Single(shape => shape.Name.LocalName == "polyline").Attribute("points")!.Value;
        var points = picture.Where(shape => shape.Name.LocalName == "circle").Select(shape => $"{shape.Attribute("cx")!.Value},{shape.Attribute("cy")!.Value}");
        Assert.AreEqual(curve, string.Join(' ', points));
    }

    [TestMethod]
    public void Bench_TokensThatNoGridHas_AreRefused() => Tool.Run("bench", "--tokens", "500").AssertError(2, "--tokens must be a multiple of 300, got 500.");

    [TestMethod]
    [DataRow("--tokens", "300")]
    [DataRow("--batch", "2")]
    [DataRow("--model", "wan")]
    public void Bench_OfAModelWithAnOptionOfTheSmallOne_IsRefused(string option, string value) =>
        Tool.Run("bench", Path.Combine(Tool.Goldens, "wan-tiny", "model"), option, value).AssertError(2, $"{option} would do nothing", "MODEL");

    [TestMethod]
    public void BenchRun_BehindAnOptionOfBench_IsRefused() => Tool.Run("bench", "--steps", "3", "run").AssertError(2, "'--steps 3' before 'run' would do nothing");

    [TestMethod]
    public void BenchRun_ThatFails_IsAnErrorOfTheWhole()
    {
        var error = Assert.ThrowsAsync<InvalidOperationException>(() => RunCommand.InItsOwnProcess([], "quick", 1, CancellationToken.None)).GetAwaiter().GetResult();
        Assert.Contains("quick", error.Message);
        Assert.Contains($"exit code {ExitCode.Failure}", error.Message);
    }
}
