using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Afterimage.Server.Tests.Faults;

/// <summary>Many jobs of many users at once. AFTERIMAGE_LOAD_JOBS sets how many; docs/serving.md has figures.</summary>
[TestClass]
public sealed class LoadTests
{
    private const int Clients = 50;
    private static readonly int s_jobs = int.Parse(Environment.GetEnvironmentVariable("AFTERIMAGE_LOAD_JOBS") ?? "100", CultureInfo.InvariantCulture);

    // Between two jobs of one client are those of all others.
    private static readonly TimeSpan s_forever = TimeSpan.FromMinutes(20);

    [TestMethod]
    public async Task Jobs_OfManyClients_AreAllMadeOnceInAFairOrder()
    {
        var keys = Enumerable.Range(0, Clients).Select(i => new ApiKey($"user-{i}", $"the-secret-of-user-{i:D3}")).ToList();
        await using var server = await TestServer.Start(options => options with { Keys = [.. keys, .. options.Keys], MostQueued = 2 * s_jobs });
        var perClient = s_jobs / Clients;
        // Held until all are there, so that the order is the queue's alone.
        var first = await server.Create(TestServer.Film(steps: 200));
        await server.Until(first.Id(), job => job.Status() == "in_progress");

        var began = DateTime.UtcNow;
        var clients = keys.Select(key => server.ClientOf(key.Secret)).ToList();
        var ids = await Task.WhenAll(clients.Select(async client =>
        {
            var own = new List<string>();
            for (var i = 0; i < perClient; i++)
                own.Add((await server.Create(Small, client)).Id());
            return own;
        }));
        var taken = DateTime.UtcNow;
        (await server.Client.DeleteAsync($"/v1/videos/{first.Id()}")).EnsureSuccessStatusCode();
        var memory = new List<long>();
        foreach (var (client, own) in clients.Zip(ids))
        {
            foreach (var id in own)
                await server.Completed(id, client, s_forever);
            memory.Add(Environment.WorkingSet);
        }
        var made = DateTime.UtcNow;

        var ends = new List<(long At, int Client)>();
        foreach (var (index, client) in clients.Index())
        {
            var listed = await client.GetFromJsonAsync<JsonElement>("/v1/videos?limit=100&order=asc");
            Assert.AreSequenceEqual(ids[index], listed.GetProperty("data").EnumerateArray().Select(job => job.Id()));
            foreach (var id in ids[index])
            {
                // One attempt of each, and its files are those of the first.
                var folder = Assert.ContainsSingle(Directory.GetDirectories(Path.Combine(server.Storage, "films"), $"{id}.*"));
                Assert.EndsWith(".1", folder);
                ends.Add((File.GetLastWriteTimeUtc(Path.Combine(folder, "thumbnail.png")).Ticks, index));
            }
        }
        // In every round each client has one.
        foreach (var round in ends.OrderBy(end => end.At).Chunk(Clients))
            Assert.HasCount(Clients, round.Select(end => end.Client).Distinct());
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{ends.Count} jobs of {Clients} clients: taken in {(taken - began).TotalSeconds:F1} s, made in {(made - taken).TotalSeconds:F1} s; working set after the first client's {memory[0] >> 20} MiB, after the last's {memory[^1] >> 20} MiB"));
        Assert.IsLessThan(memory[0] + (256L << 20), memory[^1]);
        foreach (var client in clients)
            client.Dispose();
    }

    [TestMethod]
    public async Task Client_ThatGoes_LeavesItsJobAndTheServerAlone()
    {
        await using var server = await TestServer.Start();
        var job = await server.Create(TestServer.Film(steps: 40));
        using (var gone = server.ClientOf(TestServer.Key))
        {
            var stream = await gone.GetStreamAsync($"/v1/videos/{job.Id()}/events");
            Assert.IsGreaterThan(0, await stream.ReadAsync(new byte[16]));
        }
        await server.Completed(job.Id());
        Assert.AreEqual(HttpStatusCode.OK, (await server.Client.GetAsync("/health")).StatusCode);
        Assert.DoesNotContain("Error:", server.Log.ToString());
    }

    private static object Small => new { model = "moving-shapes", prompt = "a red circle", num_inference_steps = 1, num_frames = 5, size = "16x16", seed = 1 };
}
