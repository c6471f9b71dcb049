namespace Afterimage.Runtime.Tests.Planning;

[TestClass]
public sealed class RecordingTests
{
    public static IEnumerable<object[]> Recordings => Recording.All.Select(recording => new object[] { recording.Name });

    [TestMethod]
    [DynamicData(nameof(Recordings))]
    public void Plan_OfRecordedRun_MakesTheSameDecisions(string name)
    {
        var recording = Recording.All.Single(recording => recording.Name == name);

        var plan = recording.Plan();

        var touched = Enumerable.Range(0, plan.Sites.Length).Where(plan.Touches).ToArray();
        // The sites are compared as a set: models list some modules in another order than their blocks run.
        Assert.AreSequenceEqual(recording.HookedModules.Order(), touched.Select(site => plan.Sites[site].Name).Order());
        var columns = recording.HookedModules.Select(module => plan.Sites.ToList().FindIndex(site => site.Name == module)).ToArray();
        Assert.HasCount(plan.Rows.Length, recording.Decisions);
        foreach (var (row, expected) in plan.Rows.Zip(recording.Decisions))
        {
            var letters = string.Concat(columns.Select(column => row.Cells[column].IsComputed ? 'C' : 'S'));
            Assert.AreEqual(expected.GetProperty("modules").GetString(), letters, $"{name}, forward {row.Index}");
            var skipped = expected.TryGetProperty("uncond_skipped", out var value) && value.GetBoolean();
            Assert.AreEqual(skipped, !plan.GuidanceOf(row).IsComputed, $"{name}, forward {row.Index}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Recordings))]
    public void Config_OfRecordedRun_IsWrittenAsItWasRead(string name)
    {
        var recorded = Recording.All.Single(recording => recording.Name == name).Cache;

        var config = CacheConfigJson.Parse(recorded);
        var written = CacheConfigJson.Write(config);

        using var document = System.Text.Json.JsonDocument.Parse(written);
        Assert.IsTrue(System.Text.Json.JsonElement.DeepEquals(recorded, document.RootElement), written);
    }
}
