using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Afterimage.Server.Tests.Faults;

/// <summary><c>afterimage serve</c> in a process of its own.</summary>
internal sealed class ServeProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log = new();

    private ServeProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        process.BeginErrorReadLine();
    }

    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>What it has logged.</summary>
    public IReadOnlyCollection<string> Log => _log;

    /// <summary>Starts one and waits until it listens.</summary>
    /// <param name="storage">Its folder of films, with a file of keys beside it.</param>
    /// <param name="arguments">What it is told besides.</param>
    /// <param name="shell">What a shell does before it begins, such as setting limits.</param>
    public static async Task<ServeProcess> Start(string storage, string[] arguments, string shell = ":")
    {
        var keys = Path.Combine(storage, "keys");
        File.WriteAllText(keys, $"first {TestServer.Key}\nother {TestServer.OtherKey}\n");
        string[] command =
        [
            "exec", Path.Combine(AppContext.BaseDirectory, "Afterimage.Cli.dll"), "serve", $"moving-shapes={TestServer.MovingShapes}",
            "--listen", "127.0.0.1:0", "--storage", storage, "--api-keys", keys, "--dtype", "float32", .. arguments,
        ];
        var start = new ProcessStartInfo("sh", ["-c", $"{shell}; exec dotnet \"$@\"", "sh", .. command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = "1";
        // Where a shell limits files, .NET itself would write some that are larger.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        var server = new ServeProcess(Process.Start(start)!);
        const string Listening = "listening on ";
        var line = await server._process.StandardOutput.ReadLineAsync();
        Assert.IsTrue(line?.StartsWith(Listening, StringComparison.Ordinal) == true, $"{line}\n{string.Join('\n', server.Log)}");
        server.Client.BaseAddress = new Uri(line![Listening.Length..]);
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestServer.Key);
        return server;
    }

    /// <summary>Asks for a film and expects it to be taken.</summary>
    /// <returns>The job's id.</returns>
    public async Task<string> Create(object film)
    {
        using var answer = await Client.PostAsJsonAsync("/v1/videos", film);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, $"{text}\n{string.Join('\n', Log)}");
        return JsonDocument.Parse(text).RootElement.Id();
    }

    /// <summary>A job that has ended, well or not.</summary>
    public async Task<JsonElement> Ended(string id)
    {
        while (true)
        {
            var job = await Client.GetFromJsonAsync<JsonElement>($"/v1/videos/{id}");
            if (job.Status() is "completed" or "failed")
                return job;
            await Task.Delay(50);
        }
    }

    /// <summary>Ends it as a crash does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Whether it has begun an attempt of a job.</summary>
    public bool HasBegun(string jobId, int attempt) => _log.Any(line => line.Contains($"Job {jobId}, attempt {attempt},", StringComparison.Ordinal));

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
        Client.Dispose();
    }
}
