using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace Afterimage.Server.Tests;

/// <summary>A server on a free port of loopback, whose films are small and quickly made, and whose storage goes with it.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const string Key = "a-key-of-the-first-user";
    public const string OtherKey = "a-key-of-another-user";

    /// <summary>The pipeline of this repository.</summary>
    public static string MovingShapes { get; } = Path.Combine(AppContext.BaseDirectory, "moving-shapes");

    // Nothing that ends takes as long, on whatever machine.
    private static readonly TimeSpan s_forever = TimeSpan.FromMinutes(2);

    private readonly AfterimageServer _server;

    private TestServer(AfterimageServer server, string storage, TestLog log)
    {
        (_server, Storage, Log) = (server, storage, log);
        Client = ClientOf(Key);
    }

    /// <summary>A client of the first user.</summary>
    public HttpClient Client { get; }

    public Uri Address => _server.Address;

    public string Storage { get; }

    public AfterimageServer Server => _server;

    public TestLog Log { get; }

    /// <summary>Starts one.</summary>
    /// <param name="configure">What is other than usual.</param>
    /// <param name="storage">A storage that was used before.</param>
    public static async Task<TestServer> Start(Func<ServerOptions, ServerOptions>? configure = null, string? storage = null)
    {
        storage ??= Directory.CreateTempSubdirectory("afterimage-server-").FullName;
        var options = new ServerOptions
        {
            Models = [new ModelFolder("moving-shapes", MovingShapes)],
            Storage = storage,
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            Keys = [new ApiKey("first", Key), new ApiKey("other", OtherKey)],
            Dtype = torch.ScalarType.Float32,
        };
        var log = new TestLog();
        var server = AfterimageServer.Create(configure?.Invoke(options) ?? options, logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Warning));
        await server.StartAsync();
        return new TestServer(server, storage, log);
    }

    /// <summary>A client with a key, or without.</summary>
    public HttpClient ClientOf(string? key)
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = s_forever };
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Asks for a film and expects it to be taken.</summary>
    /// <returns>The answer.</returns>
    public async Task<JsonElement> Create(object body, HttpClient? client = null)
    {
        using var answer = await (client ?? Client).PostAsJsonAsync("/v1/videos", body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, $"{text}\n{Log}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>A small film.</summary>
    public static object Film(int steps = 2, string prompt = "a red circle moving left", string cache = "none", long seed = 1) => new
    {
        model = "moving-shapes",
        prompt,
        num_inference_steps = steps,
        num_frames = 5,
        width = 32,
        height = 32,
        seed,
        extra_params = JsonSerializer.Serialize(new { cache }),
    };

    /// <summary>Waits until a job is as expected.</summary>
    public async Task<JsonElement> Until(string id, Func<JsonElement, bool> isSo, HttpClient? client = null, TimeSpan? limit = null)
    {
        var deadline = DateTime.UtcNow + (limit ?? s_forever);
        JsonElement job;
        do
        {
            job = await (client ?? Client).GetFromJsonAsync<JsonElement>($"/v1/videos/{id}");
            if (isSo(job))
                return job;
            await Task.Delay(20);
        }
        while (DateTime.UtcNow < deadline);
        throw new TimeoutException($"{id} did not become what was expected; it is {job}\n{Log}");
    }

    /// <summary>Waits until a job has ended well.</summary>
    public async Task<JsonElement> Completed(string id, HttpClient? client = null, TimeSpan? limit = null)
    {
        var job = await Until(id, job => job.Status() is "completed" or "failed", client, limit);
        Assert.AreEqual("completed", job.Status(), $"{job}\n{Log}");
        return job;
    }

    /// <summary>Stops the server and leaves its storage.</summary>
    public async Task Stop()
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
        Client.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        Directory.Delete(Storage, recursive: true);
    }
}
