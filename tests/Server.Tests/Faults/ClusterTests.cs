using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Afterimage.Server.Tests.Faults;

/// <summary>Two servers with one Redis, as processes, of which things are ended in the middle. Skipped where there is no Redis.</summary>
[TestClass]
public sealed class ClusterTests
{
    // Nothing that ends takes as long, on whatever machine.
    private static readonly TimeSpan s_forever = TimeSpan.FromMinutes(4);

    [TestMethod]
    public async Task Node_KilledInMidFilm_HasItsJobMadeByTheOtherOnce()
    {
        var storage = Directory.CreateTempSubdirectory("afterimage-cluster-").FullName;
        using var redis = new RedisProcess();
        redis.Start();
        using var first = await Node(storage, redis);
        using var second = await Node(storage, redis);
        var job = await first.Create(TestServer.Film(steps: 80));
        await Until(() => Task.FromResult(first.HasBegun(job, 1) || second.HasBegun(job, 1)));
        await Until(async () => (await Get(second, job))?.GetProperty("progress").GetInt32() > 5);
        var (killed, left) = first.HasBegun(job, 1) ? (first, second) : (second, first);
        var waiting = await left.Create(TestServer.Film(steps: 1));
        killed.Kill();

        // Nothing is lost, and any node knows it.
        await Until(async () => (await Get(left, job))?.Status() == "completed" && (await Get(left, waiting))?.Status() == "completed");
        Assert.IsTrue(left.HasBegun(job, 2));
        Assert.IsFalse(left.HasBegun(job, 3));
        Assert.IsGreaterThan(100, (await left.Client.GetByteArrayAsync($"/v1/videos/{job}/content")).Length);
        Assert.EndsWith(".2", Assert.ContainsSingle(Directory.GetDirectories(Path.Combine(storage, "films"), $"{job}.*")));
        left.Kill();
        Directory.Delete(storage, recursive: true);
    }

    [TestMethod]
    public async Task Redis_Restarted_LosesNoJobAndMakesNoneTwice()
    {
        var storage = Directory.CreateTempSubdirectory("afterimage-cluster-").FullName;
        using var redis = new RedisProcess();
        redis.Start();
        using var server = await Node(storage, redis);
        var done = await server.Create(TestServer.Film(steps: 1));
        await Until(async () => (await Get(server, done))?.Status() == "completed");
        var running = await server.Create(TestServer.Film(steps: 60));
        var waiting = await server.Create(TestServer.Film(steps: 1));
        await Until(async () => (await Get(server, running))?.GetProperty("progress").GetInt32() > 5);
        redis.Kill();
        // What cannot be kept is not taken.
        using (var refused = await server.Client.PostAsJsonAsync("/v1/videos", TestServer.Film()))
        {
            Assert.AreEqual(HttpStatusCode.ServiceUnavailable, refused.StatusCode, await refused.Content.ReadAsStringAsync());
            Assert.IsNotNull(refused.Headers.RetryAfter);
        }
        redis.Start();
        await Until(async () => (await Get(server, running))?.Status() == "completed" && (await Get(server, waiting))?.Status() == "completed");
        Assert.AreEqual("completed", (await Get(server, done))?.Status());
        var listed = await server.Client.GetFromJsonAsync<JsonElement>("/v1/videos?order=asc");
        Assert.AreSequenceEqual([done, running, waiting], listed.GetProperty("data").EnumerateArray().Select(each => each.Id()));
        foreach (var job in (string[])[done, running, waiting])
            Assert.IsFalse(server.HasBegun(job, 2), job);
        server.Kill();
        Directory.Delete(storage, recursive: true);
    }

    [TestMethod]
    public async Task Redis_ThatDoesNotAnswer_IsNamedAndItsPasswordIsNot()
    {
        var redis = $"127.0.0.1:{RedisProcess.FreePort()}";
        var cluster = new ClusterOptions($"{redis},password=secret,connectTimeout=200", new IPEndPoint(IPAddress.Loopback, RedisProcess.FreePort()));
        var thrown = await Assert.ThrowsExactlyAsync<IOException>(() => TestServer.Start(options => options with { Cluster = cluster }));
        Assert.Contains($"'{redis}'", thrown.Message);
        Assert.DoesNotContain("secret", thrown.Message);
    }

    private static Task<ServeProcess> Node(string storage, RedisProcess redis) =>
        ServeProcess.Start(storage, ["--redis", $"127.0.0.1:{redis.Port}", "--node", $"127.0.0.1:{RedisProcess.FreePort()}", "--lease", "10"]);

    /// <summary>A job, or nothing while the storage or a node is away.</summary>
    private static async Task<JsonElement?> Get(ServeProcess server, string id)
    {
        using var answer = await server.Client.GetAsync($"/v1/videos/{id}");
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            return null;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, $"{text}\n{string.Join('\n', server.Log)}");
        var job = JsonDocument.Parse(text).RootElement;
        Assert.AreNotEqual("failed", job.Status(), text);
        return job;
    }

    private static async Task Until(Func<Task<bool>> isSo)
    {
        var deadline = DateTime.UtcNow + s_forever;
        while (!await isSo())
        {
            if (DateTime.UtcNow > deadline)
                throw new TimeoutException("It did not become what was expected.");
            await Task.Delay(50);
        }
    }
}
