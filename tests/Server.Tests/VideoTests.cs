using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using SkiaSharp;

namespace Afterimage.Server.Tests;

/// <summary>The way of a film, from the request to its bytes.</summary>
[TestClass]
public sealed class VideoTests
{
    private static TestServer s_server = null!;

    [ClassInitialize]
    public static async Task StartServer(TestContext context) => s_server = await TestServer.Start();

    [ClassCleanup]
    public static async Task StopServer() => await s_server.DisposeAsync();

    [TestMethod]
    public async Task Create_OfJson_MakesAFilmWithItsPictures()
    {
        var job = await s_server.Create(TestServer.Film(cache: "pab"));
        Assert.AreEqual("video", job.GetProperty("object").GetString());
        Assert.AreEqual("32x32", job.GetProperty("size").GetString());
        var done = await s_server.Completed(job.Id());
        Assert.AreEqual(100, done.GetProperty("progress").GetInt32());
        Assert.IsGreaterThan(0, done.GetProperty("completed_at").GetInt64());

        using var film = await s_server.Client.GetAsync($"/v1/videos/{job.Id()}/content");
        var bytes = await film.Content.ReadAsByteArrayAsync();
        Assert.Contains(film.Content.Headers.ContentType!.MediaType, (string[])["video/mp4", "image/webp"]);
        Assert.IsGreaterThan(100, bytes.Length);
        foreach (var (variant, isSheet) in new[] { ("thumbnail", false), ("spritesheet", true) })
        {
            using var picture = SKBitmap.Decode(await s_server.Client.GetByteArrayAsync($"/v1/videos/{job.Id()}/content?variant={variant}"));
            Assert.AreEqual(isSheet, picture.Width > 32);
        }
    }

    [TestMethod]
    public async Task Create_OfAForm_TakesOpenAIsFields()
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("a blue square"), "prompt" }, { new StringContent("1"), "seconds" }, { new StringContent("32x32"), "size" },
            { new StringContent("""{"num_inference_steps": 1, "fps": 5, "seed": 3}"""), "extra_params" },
        };
        using var answer = await s_server.Client.PostAsync("/v1/videos", form);
        var job = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, job.ToString());
        Assert.AreEqual(5, job.GetProperty("num_frames").GetInt32());
        Assert.AreEqual("1", job.GetProperty("seconds").GetString());
        Assert.AreEqual(3, job.GetProperty("seed").GetInt64());
        await s_server.Completed(job.Id());
    }

    [TestMethod]
    public async Task Create_SameSeedTwice_MakesTheSameFilm()
    {
        var films = new List<byte[]>();
        for (var i = 0; i < 2; i++)
        {
            var job = await s_server.Create(TestServer.Film(seed: 7));
            await s_server.Completed(job.Id());
            films.Add(await s_server.Client.GetByteArrayAsync($"/v1/videos/{job.Id()}/content"));
        }
        Assert.AreSequenceEqual(films[0], films[1]);
    }

    [TestMethod]
    public async Task Content_OfARange_IsThatPartOfTheFilm()
    {
        var job = await s_server.Create(TestServer.Film());
        await s_server.Completed(job.Id());
        var whole = await s_server.Client.GetByteArrayAsync($"/v1/videos/{job.Id()}/content");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/videos/{job.Id()}/content") { Headers = { Range = new RangeHeaderValue(10, 29) } };
        using var part = await s_server.Client.SendAsync(request);
        Assert.AreEqual(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.AreSequenceEqual(whole[10..30], await part.Content.ReadAsByteArrayAsync());
        using var beyond = new HttpRequestMessage(HttpMethod.Get, $"/v1/videos/{job.Id()}/content") { Headers = { Range = new RangeHeaderValue(whole.Length + 1, null) } };
        Assert.AreEqual(HttpStatusCode.RequestedRangeNotSatisfiable, (await s_server.Client.SendAsync(beyond)).StatusCode);
    }

    [TestMethod]
    public async Task Delete_WhileItIsMade_EndsItAndLeavesNothing()
    {
        var job = await s_server.Create(TestServer.Film(steps: 200));
        await s_server.Until(job.Id(), job => job.GetProperty("progress").GetInt32() > 0);
        var next = await s_server.Create(TestServer.Film());
        using var answer = await s_server.Client.DeleteAsync($"/v1/videos/{job.Id()}");
        Assert.IsTrue((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("deleted").GetBoolean());
        await s_server.Client.GetAsync($"/v1/videos/{job.Id()}").AssertError(HttpStatusCode.NotFound, "not_found");
        await s_server.Client.DeleteAsync($"/v1/videos/{job.Id()}").AssertError(HttpStatusCode.NotFound, "not_found");
        // The worker is free, and has kept nothing.
        await s_server.Completed(next.Id());
        Assert.IsEmpty(Directory.GetFileSystemEntries(s_server.Storage, $"{job.Id()}*", SearchOption.AllDirectories));
    }

    [TestMethod]
    public async Task Delete_WhileItWaits_TakesItOutOfTheQueue()
    {
        var first = await s_server.Create(TestServer.Film(steps: 100));
        var second = await s_server.Create(TestServer.Film());
        (await s_server.Client.DeleteAsync($"/v1/videos/{second.Id()}")).EnsureSuccessStatusCode();
        await s_server.Completed(first.Id());
        await s_server.Client.GetAsync($"/v1/videos/{second.Id()}").AssertError(HttpStatusCode.NotFound, "not_found");
    }

    [TestMethod]
    public async Task List_InPages_HasEachOnce()
    {
        using var client = s_server.ClientOf(TestServer.OtherKey);
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
            ids.Add((await s_server.Create(TestServer.Film(steps: 1, seed: i), client)).Id());
        var first = await client.GetFromJsonAsync<JsonElement>("/v1/videos?limit=2&order=asc");
        Assert.IsTrue(first.GetProperty("has_more").GetBoolean());
        var second = await client.GetFromJsonAsync<JsonElement>($"/v1/videos?limit=2&order=asc&after={first.GetProperty("last_id").GetString()}");
        Assert.IsFalse(second.GetProperty("has_more").GetBoolean());
        Assert.AreSequenceEqual(ids, [.. IdsOf(first), .. IdsOf(second)]);
        Assert.AreSequenceEqual(ids.AsEnumerable().Reverse(), IdsOf(await client.GetFromJsonAsync<JsonElement>("/v1/videos")));

        static IEnumerable<string> IdsOf(JsonElement page) => page.GetProperty("data").EnumerateArray().Select(job => job.Id());
    }

    [TestMethod]
    public async Task Events_OfAJob_TellItsProgressAndItsEnd()
    {
        var job = await s_server.Create(TestServer.Film(steps: 20));
        using var stream = new StreamReader(await s_server.Client.GetStreamAsync($"/v1/videos/{job.Id()}/events"));
        var (names, progress) = (new List<string>(), new List<int>());
        while (await stream.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                names.Add(line[7..]);
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                progress.Add(JsonDocument.Parse(line[6..]).RootElement.GetProperty("progress").GetInt32());
        }
        Assert.AreEqual("completed", names[^1]);
        Assert.AreEqual(100, progress[^1]);
        Assert.AreSequenceEqual(progress.Order(), progress);
        Assert.IsGreaterThan(2, progress.Count);
    }

    [TestMethod]
    public async Task Plan_OfAJob_SaysWhatTheCacheSaves()
    {
        var job = await s_server.Create(TestServer.Film(steps: 10, cache: "pab"));
        var plan = await s_server.Client.GetFromJsonAsync<JsonElement>($"/v1/videos/{job.Id()}/plan");
        Assert.IsInRange(0.001, 0.999, plan.GetProperty("flops_saved").GetDouble());
        Assert.IsGreaterThan(0, plan.GetProperty("history_bytes").GetInt64());
        Assert.AreEqual(10, CachePlan.FromJson(plan.GetProperty("plan").GetRawText()).Timesteps.Length);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/videos/{job.Id()}/plan") { Headers = { { "Accept", "image/png" } } };
        using var answer = await s_server.Client.SendAsync(request);
        using var picture = SKBitmap.Decode(await answer.Content.ReadAsByteArrayAsync());
        Assert.IsGreaterThan(100, picture.Width);
        await s_server.Completed(job.Id());
    }

    [TestMethod]
    public async Task Estimate_AfterAJob_IsInTheFuture()
    {
        await s_server.Completed((await s_server.Create(TestServer.Film())).Id());
        var first = await s_server.Create(TestServer.Film(steps: 50));
        var second = await s_server.Create(TestServer.Film(steps: 50));
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Assert.IsGreaterThanOrEqualTo(now - 1, second.GetProperty("estimated_completed_at").GetInt64());
        await s_server.Completed(first.Id());
        await s_server.Completed(second.Id());
    }

    [TestMethod]
    public async Task Metrics_AfterAJob_CountItUnderTheNamesOfOpenTelemetry()
    {
        await s_server.Completed((await s_server.Create(TestServer.Film())).Id());
        var metrics = await s_server.Client.GetStringAsync("/metrics");
        Assert.Contains("gen_ai_server_request_duration_seconds_count{", metrics);
        Assert.Contains("gen_ai_request_model=\"moving-shapes\"", metrics);
        Assert.Contains("http_server_request_duration_seconds", metrics);
    }

    [TestMethod]
    public async Task Models_AreThoseThatAreServed()
    {
        var models = await s_server.Client.GetFromJsonAsync<JsonElement>("/v1/models");
        Assert.AreEqual("moving-shapes", models.GetProperty("data")[0].Id());
        Assert.AreEqual("model", (await s_server.Client.GetFromJsonAsync<JsonElement>("/v1/models/moving-shapes")).GetProperty("object").GetString());
        await s_server.Client.GetAsync("/v1/models/none").AssertError(HttpStatusCode.NotFound, "model_not_found");
    }
}
