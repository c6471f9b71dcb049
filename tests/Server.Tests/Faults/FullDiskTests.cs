using System.Net;

namespace Afterimage.Server.Tests.Faults;

/// <summary>A disk that takes no film, which a limit on the size of files stands for: the job says so, and the server goes on.</summary>
[TestClass]
[OSCondition(OperatingSystems.Linux)]
public sealed class FullDiskTests
{
    [TestMethod]
    public async Task Film_ThatFindsNoRoom_FailsByItself()
    {
        var storage = Directory.CreateTempSubdirectory("afterimage-full-").FullName;
        // In blocks of 512 bytes: room for states, and for no film of noise of 128 × 128.
        using var server = await ServeProcess.Start(storage, [], shell: "ulimit -f 8");
        var large = await server.Create(new { prompt = "a red circle", num_inference_steps = 1, num_frames = 9, size = "128x128" });
        var failed = await server.Ended(large);
        Assert.AreEqual("failed", failed.Status(), failed.ToString());
        Assert.AreEqual("storage", failed.GetProperty("error").GetProperty("code").GetString());
        Assert.IsEmpty(Directory.GetFileSystemEntries(Path.Combine(storage, "films")));
        Assert.AreEqual(HttpStatusCode.NotFound, (await server.Client.GetAsync($"/v1/videos/{large}/content")).StatusCode);
        Assert.AreEqual("completed", (await server.Ended(await server.Create(new { prompt = "a red circle", num_inference_steps = 1, num_frames = 5, size = "16x16" }))).Status());
        server.Kill();
        Directory.Delete(storage, recursive: true);
    }
}
