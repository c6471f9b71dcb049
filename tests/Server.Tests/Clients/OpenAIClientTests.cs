using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Afterimage.Models.Tests;
using OpenAI;
using OpenAI.Images;
using OpenAI.Videos;
using SkiaSharp;

namespace Afterimage.Server.Tests.Clients;

/// <summary>OpenAI's client for .NET against this server.</summary>
[TestClass]
public sealed class OpenAIClientTests
{
    [TestMethod]
    public async Task VideoClient_CreatesPollsDownloadsAndDeletes()
    {
        await using var server = await TestServer.Start();
        var client = new VideoClient(new ApiKeyCredential(TestServer.Key), new VideoClientOptions { Endpoint = new Uri(server.Address, "v1") });

        // A form, as the service documents it.
        const string Boundary = "a-boundary";
        var form = string.Concat(new Dictionary<string, string>
        {
            ["model"] = "moving-shapes",
            ["prompt"] = "a green triangle moving up",
            ["seconds"] = "1",
            ["size"] = "32x32",
            ["extra_params"] = """{"num_inference_steps": 2, "fps": 5, "cache": "pab"}""",
        }.Select(field => $"--{Boundary}\r\nContent-Disposition: form-data; name=\"{field.Key}\"\r\n\r\n{field.Value}\r\n")) + $"--{Boundary}--\r\n";
        var job = Json(await client.CreateVideoAsync(BinaryContent.Create(BinaryData.FromString(form)), $"multipart/form-data; boundary={Boundary}"));
        var id = job.Id();
        Assert.AreEqual("1", job.GetProperty("seconds").GetString());
        while (job.Status() is "queued" or "in_progress")
            job = Json(await client.GetVideoAsync(id));
        Assert.AreEqual("completed", job.Status(), $"{job}\n{server.Log}");

        var film = (await client.DownloadVideoAsync(id)).GetRawResponse().Content;
        Assert.IsGreaterThan(100, film.ToMemory().Length);
        using var thumbnail = SKBitmap.Decode((await client.DownloadVideoAsync(id, "thumbnail")).GetRawResponse().Content.ToArray());
        Assert.AreEqual((32, 32), (thumbnail.Width, thumbnail.Height));

        Assert.IsTrue(Json(await client.DeleteVideoAsync(id)).GetProperty("deleted").GetBoolean());
        var gone = await Assert.ThrowsExactlyAsync<ClientResultException>(() => client.GetVideoAsync(id));
        Assert.AreEqual(404, gone.Status);
        Assert.Contains("There is no video", gone.Message);
    }

    [TestMethod]
    public async Task ImageClient_GeneratesPictures()
    {
        using var folder = new RecordedPipelineFolder("pipeline-flux-tiny");
        await using var server = await TestServer.Start(options => options with { Models = [.. options.Models, new ModelFolder("flux", folder.Path)] });
        var client = new ImageClient("flux", new ApiKeyCredential(TestServer.Key), new OpenAIClientOptions { Endpoint = new Uri(server.Address, "v1") });
        var pictures = (await client.GenerateImagesAsync("a cat", 2, new ImageGenerationOptions { Size = new GeneratedImageSize(48, 64) })).Value;
        Assert.HasCount(2, pictures);
        foreach (var picture in pictures)
        {
            using var decoded = SKBitmap.Decode(picture.ImageBytes.ToArray());
            Assert.AreEqual((48, 64), (decoded.Width, decoded.Height));
        }
        // It answered, and keeps nothing.
        Assert.IsEmpty(Directory.GetFileSystemEntries(Path.Combine(server.Storage, "films")));

        var error = await Assert.ThrowsExactlyAsync<ClientResultException>(() => client.GenerateImageAsync("a cat", new ImageGenerationOptions { Size = new GeneratedImageSize(47, 64) }));
        Assert.AreEqual(400, error.Status);
        var none = new ImageClient("moving-shapes", new ApiKeyCredential(TestServer.Key), new OpenAIClientOptions { Endpoint = new Uri(server.Address, "v1") });
        Assert.Contains("/v1/videos", (await Assert.ThrowsExactlyAsync<ClientResultException>(() => none.GenerateImageAsync("a cat"))).Message);
    }

    private static JsonElement Json(ClientResult result) => JsonDocument.Parse(result.GetRawResponse().Content).RootElement;
}
