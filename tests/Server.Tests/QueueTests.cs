using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Afterimage.Server.Tests;

/// <summary>Limits of queues, and servers that end and begin again.</summary>
[TestClass]
public sealed class QueueTests
{
    [TestMethod]
    public async Task Queue_ThatIsFull_SaysWhenToAskAgain()
    {
        await using var server = await TestServer.Start(options => options with { MostQueued = 3, MostQueuedPerKey = 2 });
        var running = await server.Create(TestServer.Film(steps: 200));
        await server.Until(running.Id(), job => job.Status() == "in_progress");
        var waiting = new List<JsonElement>();
        for (var i = 0; i < 2; i++)
            waiting.Add(await server.Create(TestServer.Film()));
        await Refused(server.Client, "rate_limit_exceeded");
        using var other = server.ClientOf(TestServer.OtherKey);
        var last = await server.Create(TestServer.Film(), other);
        Assert.IsLessThanOrEqualTo(2, last.GetProperty("queue_position").GetInt32());
        await Refused(other, "queue_full");
        Assert.MatchesRegex(new Regex("afterimage_jobs_waiting\\{[^}]*moving-shapes[^}]*\\} 3\\s"), await server.Client.GetStringAsync("/metrics"));
        (await server.Client.DeleteAsync($"/v1/videos/{running.Id()}")).EnsureSuccessStatusCode();
        await server.Completed(last.Id(), other);
        foreach (var job in waiting)
            await server.Completed(job.Id());
        await server.Create(TestServer.Film());

        static async Task Refused(HttpClient client, string code)
        {
            var sent = client.PostAsJsonAsync("/v1/videos", TestServer.Film());
            await sent.AssertError(HttpStatusCode.TooManyRequests, code);
            Assert.IsGreaterThanOrEqualTo(1, sent.Result.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        }
    }

    [TestMethod]
    public async Task Workers_OfOneServer_MakeTheSameFilmsAtOnce()
    {
        await using var server = await TestServer.Start(options => options with { Workers = 2 });
        var jobs = new List<string>();
        for (var i = 0; i < 2; i++)
            jobs.Add((await server.Create(TestServer.Film(steps: 200, cache: "pab"))).Id());
        // Neither has ended when both have begun.
        await Task.WhenAll(jobs.Select(job => server.Until(job, state => state.Status() == "in_progress")));
        var films = new List<byte[]>();
        foreach (var job in jobs)
        {
            await server.Completed(job);
            films.Add(await server.Client.GetByteArrayAsync($"/v1/videos/{job}/content"));
        }
        Assert.AreSequenceEqual(films[0], films[1]);
    }

    [TestMethod]
    public void Workers_FewerThanOne_AreRefused() =>
        Assert.Contains("worker", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ServerOptions { Models = [new ModelFolder("shapes", TestServer.MovingShapes)], Storage = "", Workers = 0 }.Validate()).Message);

    [TestMethod]
    public async Task Server_ThatEnds_TakesNoJobAndAnswersUntilItIsDone()
    {
        await using var server = await TestServer.Start(options => options with { DrainTime = TimeSpan.FromMinutes(2) });
        var running = await server.Create(TestServer.Film(steps: 200));
        await server.Until(running.Id(), job => job.Status() == "in_progress");
        var stopping = server.Server.StopAsync();
        var sent = server.Client.PostAsJsonAsync("/v1/videos", TestServer.Film());
        await sent.AssertError(HttpStatusCode.ServiceUnavailable, "draining");
        Assert.IsNotNull(sent.Result.Headers.RetryAfter);
        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, (await server.Client.GetAsync("/health")).StatusCode);
        Assert.AreEqual("in_progress", (await server.Client.GetFromJsonAsync<JsonElement>($"/v1/videos/{running.Id()}")).Status());
        (await server.Client.DeleteAsync($"/v1/videos/{running.Id()}")).EnsureSuccessStatusCode();
        await stopping;
    }

    /// <summary>What waits and what is being made is there after a restart, and all of it is made.</summary>
    [TestMethod]
    public async Task Server_ThatBeginsAgain_HasEveryJob()
    {
        // What is given back is no loss.
        var first = await TestServer.Start(options => options with { DrainTime = TimeSpan.Zero, MostLosses = 1 });
        var done = await first.Completed((await first.Create(TestServer.Film())).Id());
        var running = await first.Create(TestServer.Film(steps: 60));
        var waiting = await first.Create(TestServer.Film());
        await first.Until(running.Id(), job => job.GetProperty("progress").GetInt32() > 0);
        await first.Stop();

        await using var second = await TestServer.Start(options => options with { MostLosses = 1 }, first.Storage);
        Assert.AreEqual("completed", (await second.Client.GetFromJsonAsync<JsonElement>($"/v1/videos/{done.Id()}")).Status());
        Assert.IsGreaterThan(100, (await second.Client.GetByteArrayAsync($"/v1/videos/{done.Id()}/content")).Length);
        await second.Completed(running.Id());
        await second.Completed(waiting.Id());
        Assert.AreEqual(3, (await second.Client.GetFromJsonAsync<JsonElement>("/v1/videos")).GetProperty("data").GetArrayLength());
    }

    [TestMethod]
    public async Task Storage_OfAServerThatRuns_IsRefusedToAnother()
    {
        await using var server = await TestServer.Start();
        Assert.Contains("Another server", (await Assert.ThrowsAsync<Exception>(() => TestServer.Start(storage: server.Storage))).ToString());
    }

    [TestMethod]
    public async Task Storage_ThatIsFull_TakesNoJob()
    {
        await using var server = await TestServer.Start(options => options with { LeastFreeDisk = long.MaxValue });
        var sent = server.Client.PostAsJsonAsync("/v1/videos", TestServer.Film());
        await sent.AssertError(HttpStatusCode.ServiceUnavailable, "storage_full");
        Assert.IsNotNull(sent.Result.Headers.RetryAfter);
    }
}
