using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Afterimage.Server.Tests;

/// <summary>What is refused, and that the server goes on.</summary>
[TestClass]
public sealed class SecurityTests
{
    private static TestServer s_server = null!;
    private static string s_film = null!;

    [ClassInitialize]
    public static async Task StartServer(TestContext context)
    {
        s_server = await TestServer.Start(options => options with { Limits = new RequestLimits { Steps = 20 } });
        s_film = (await s_server.Completed((await s_server.Create(TestServer.Film())).Id())).Id();
    }

    [ClassCleanup]
    public static async Task StopServer() => await s_server.DisposeAsync();

    [TestMethod]
    [DataRow("GET", "/v1/videos")]
    [DataRow("POST", "/v1/videos")]
    [DataRow("GET", "/v1/models")]
    [DataRow("GET", "/metrics")]
    [DataRow("GET", "/v1/videos/FILM")]
    [DataRow("GET", "/v1/videos/FILM/content")]
    [DataRow("GET", "/v1/videos/FILM/events")]
    [DataRow("GET", "/v1/videos/FILM/plan")]
    [DataRow("DELETE", "/v1/videos/FILM")]
    [DataRow("GET", "/V1/VIDEOS")]
    [DataRow("GET", "//v1/videos")]
    [DataRow("GET", "/health/../v1/videos")]
    [DataRow("GET", "/health/%2e%2e/v1/videos")]
    [DataRow("GET", "/nothing")]
    public async Task Request_WithoutAKey_IsRefused(string method, string path)
    {
        foreach (var key in (string?[])[null, "", "wrong", TestServer.Key + "x", TestServer.Key[..^1], "a-key-of-the-first-user another"])
        {
            using var client = s_server.ClientOf(null);
            if (key is not null)
                client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {key}");
            var target = new Uri(s_server.Address.GetLeftPart(UriPartial.Authority) + path.Replace("FILM", s_film, StringComparison.Ordinal));
            await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), target)).AssertError(HttpStatusCode.Unauthorized, "invalid_api_key");
        }
    }

    [TestMethod]
    public async Task Request_WithTwoKeysOrInAnotherScheme_IsRefused()
    {
        foreach (var headers in (string[][])[[$"Bearer {TestServer.Key}", $"Bearer {TestServer.OtherKey}"], [$"Basic {TestServer.Key}"], [TestServer.Key]])
        {
            using var client = s_server.ClientOf(null);
            client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", headers);
            await client.GetAsync("/v1/videos").AssertError(HttpStatusCode.Unauthorized, "invalid_api_key");
        }
    }

    [TestMethod]
    [DataRow("GET", "")]
    [DataRow("GET", "/content")]
    [DataRow("GET", "/content?variant=thumbnail")]
    [DataRow("GET", "/events")]
    [DataRow("GET", "/plan")]
    [DataRow("DELETE", "")]
    public async Task Film_OfAnotherKey_IsAsIfItWereNotThere(string method, string rest)
    {
        using var other = s_server.ClientOf(TestServer.OtherKey);
        await other.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"/v1/videos/{s_film}{rest}")).AssertError(HttpStatusCode.NotFound, "not_found");
        Assert.AreEqual(0, (await other.GetFromJsonAsync<JsonElement>($"/v1/videos?after={s_film}")).GetProperty("data").GetArrayLength());
        Assert.AreEqual("completed", (await s_server.Client.GetFromJsonAsync<JsonElement>($"/v1/videos/{s_film}")).Status());
    }

    [TestMethod]
    [DataRow("/v1/videos/..%2f..%2fstates%2fjob")]
    [DataRow("/v1/videos/%2e%2e%2f%2e%2e%2fetc%2fpasswd/content")]
    [DataRow("/v1/videos/video_%00/content")]
    [DataRow("/v1/videos/video_0123/content")]
    [DataRow("/v1/videos/*/content")]
    [DataRow("/v1/videos/VIDEO_0123456789abcdef0123456789abcdef")]
    public async Task Id_ThatIsNone_IsRefused(string path)
    {
        using var answer = await s_server.Client.GetAsync(path);
        Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.NotFound, HttpStatusCode.BadRequest]);
    }

    [TestMethod]
    [DataRow("variant=../thumbnail.png")]
    [DataRow("variant=%2fetc%2fpasswd")]
    [DataRow("variant=plan.json")]
    public async Task Variant_ThatIsNone_IsRefused(string query) =>
        await s_server.Client.GetAsync($"/v1/videos/{s_film}/content?{query}").AssertError(HttpStatusCode.BadRequest, "invalid_value");

    [TestMethod]
    [DataRow("""{"prompt": "a\u0000b"}""", "invalid_value")]
    [DataRow("""{"prompt": "a\u001b[31mb"}""", "invalid_value")]
    [DataRow("""{"prompt": "a\u0085b"}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "negative_prompt": "\u0007"}""", "invalid_value")]
    [DataRow("""{"prompt": "a\ud800b"}""", "malformed_body")]
    [DataRow("""{}""", "missing_required_parameter")]
    [DataRow("""[]""", "malformed_body")]
    [DataRow("""{"prompt": "a", "prompt": "b"}""", "malformed_body")]
    [DataRow("""{"prompt": "a", """, "malformed_body")]
    [DataRow("""{"prompt": "a", "model": "../moving-shapes"}""", "model_not_found")]
    [DataRow("""{"prompt": "a", "unknown": 1}""", "unknown_parameter")]
    [DataRow("""{"prompt": "a", "num_inference_steps": 21}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "num_inference_steps": 0}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "num_inference_steps": 1e9}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "num_frames": 100000}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "seconds": "3600"}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "seconds": "NaN"}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "seconds": "1", "num_frames": 5}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "size": "99999x99999"}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "size": "-1x5"}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "size": "33x33"}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "width": 2147483647, "height": 2147483647}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "guidance_scale": "Infinity"}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "cache": "/etc/passwd"}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "cache": {"type": "None of these"}}""", "invalid_value")]
    [DataRow("""{"prompt": "a", "extra_params": "[1]"}""", "malformed_body")]
    [DataRow("""{"prompt": "a", "extra_params": "{\"prompt\": \"b\"}"}""", "malformed_body")]
    [DataRow("""{"prompt": "a", "extra_params": "{\"extra_params\": \"{}\"}"}""", "unknown_parameter")]
    public async Task Body_ThatAsksForNoFilm_IsRefused(string body, string code) =>
        await s_server.Client.PostAsync("/v1/videos", new StringContent(body, Encoding.UTF8, "application/json"))
            .AssertError(code == "model_not_found" ? HttpStatusCode.NotFound : HttpStatusCode.BadRequest, code);

    [TestMethod]
    public async Task ExtraParams_ThatAreABomb_AreRefused()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 10000)) + "1" + new string('}', 10000);
        await Post(new { prompt = "a", extra_params = deep }).AssertError(HttpStatusCode.BadRequest, "invalid_value");
        await Post(new { prompt = "a", cache = JsonDocument.Parse("{\"type\":\"StepMask\",\"config\":{\"steps\":[" + string.Join(',', Enumerable.Repeat("1", 20000)) + "]}}").RootElement })
            .AssertError(HttpStatusCode.BadRequest, "invalid_value");
        await Post(new { prompt = "a", extra_params = new string(' ', 300 << 10) }).AssertError(HttpStatusCode.RequestEntityTooLarge, "request_too_large");

        static Task<HttpResponseMessage> Post(object body) => s_server.Client.PostAsJsonAsync("/v1/videos", body);
    }

    [TestMethod]
    public async Task Prompt_ThatIsTooLong_IsRefused() =>
        await s_server.Client.PostAsJsonAsync("/v1/videos", new { prompt = new string('a', 5000) }).AssertError(HttpStatusCode.BadRequest, "invalid_value");

    [TestMethod]
    public async Task Body_ThatIsTooLarge_IsRefused()
    {
        using var form = new MultipartFormDataContent { { new StringContent("a"), "prompt" }, { new ByteArrayContent(new byte[2 << 20]), "input_reference", "a.png" } };
        await s_server.Client.PostAsync("/v1/videos", form).AssertError(HttpStatusCode.RequestEntityTooLarge, "request_too_large");
        using var many = new MultipartFormDataContent();
        for (var i = 0; i < 100; i++)
            many.Add(new StringContent("a"), $"field{i}");
        await s_server.Client.PostAsync("/v1/videos", many).AssertError(HttpStatusCode.BadRequest, "malformed_body");
    }

    [TestMethod]
    public async Task Body_OfAnotherType_IsRefused() =>
        await s_server.Client.PostAsync("/v1/videos", new StringContent("a")).AssertError(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");

    [TestMethod]
    public async Task Picture_WhereNoneIsTaken_IsRefusedAndNotKept()
    {
        using var form = new MultipartFormDataContent { { new StringContent("a"), "prompt" }, { new ByteArrayContent([1, 2, 3]), "input_reference", "../../a.png" } };
        await s_server.Client.PostAsync("/v1/videos", form).AssertError(HttpStatusCode.BadRequest, "unsupported_parameter");
        Assert.IsEmpty(Directory.GetFiles(s_server.Storage, "a.png", SearchOption.AllDirectories));
    }

    /// <summary>A body that comes a byte now and then ends, and does not hold its connection.</summary>
    [TestMethod]
    public async Task Body_ThatComesTooSlowly_IsCutOff()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(s_server.Address.Host, s_server.Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/videos HTTP/1.1\r\nHost: {s_server.Address.Authority}\r\nAuthorization: Bearer {TestServer.Key}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{"));
        var answer = await new StreamReader(stream).ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(2));
        StringAssert.StartsWith(answer, "HTTP/1.1 408");
    }

    [TestMethod]
    [DataRow("GET /v1/videos HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [DataRow("GET /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [DataRow("GET ../v1/videos HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [DataRow("GET /v1/videos\u0000 HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [DataRow("POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n")]
    public async Task Request_OfAnotherForm_ReachesNothing(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(s_server.Address.Host, s_server.Address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        var answer = new byte[12];
        await client.GetStream().ReadExactlyAsync(answer);
        Assert.Contains(Encoding.ASCII.GetString(answer), (string[])["HTTP/1.1 400", "HTTP/1.1 401"]);
    }

    [TestMethod]
    public async Task Request_OfAnotherSitesPage_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/videos") { Headers = { { "Origin", "https://elsewhere.example" } } };
        await s_server.Client.SendAsync(request).AssertError(HttpStatusCode.Forbidden, "other_origin");
        using var own = new HttpRequestMessage(HttpMethod.Get, "/v1/videos") { Headers = { { "Origin", s_server.Address.GetLeftPart(UriPartial.Authority) } } };
        Assert.AreEqual(HttpStatusCode.OK, (await s_server.Client.SendAsync(own)).StatusCode);
    }

    [TestMethod]
    public async Task Server_WithoutKeys_ServesThisMachineAlone()
    {
        await using var server = await TestServer.Start(options => options with { Keys = [] });
        using var client = server.ClientOf(null);
        Assert.AreEqual(HttpStatusCode.OK, (await client.GetAsync("/v1/models")).StatusCode);
        // A name of elsewhere that was made to lead here.
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Headers = { Host = "elsewhere.example" } };
        await client.SendAsync(request).AssertError(HttpStatusCode.Forbidden, "other_origin");
    }

    [TestMethod]
    public void Server_WithoutKeys_RefusesToListenWider()
    {
        var options = new ServerOptions { Models = [new ModelFolder("a", TestServer.MovingShapes)], Storage = "unused", Listen = new IPEndPoint(IPAddress.Any, 0) };
        Assert.Contains("--api-keys", Assert.ThrowsExactly<ArgumentException>(() => AfterimageServer.Create(options)).Message);
        Assert.IsFalse(Directory.Exists("unused"));
    }

    [TestMethod]
    [DataRow("short")]
    [DataRow("with a space in the middle")]
    [DataRow("mit-einem-ümlaut-im-wort")]
    public void Key_ThatIsNone_IsRefused(string secret) => Assert.ThrowsExactly<ArgumentException>(() => new ApiKey("name", secret).Validate());
}
