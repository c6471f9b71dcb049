namespace Afterimage.Server.Tests.Faults;

/// <summary>A job that ends its server whenever it is begun.</summary>
[TestClass]
public sealed class LostWorkerTests
{
    [TestMethod]
    public async Task Job_WhoseServerIsKilledEachTime_IsGivenUpAndTheNextIsMade()
    {
        var storage = Directory.CreateTempSubdirectory("afterimage-lost-").FullName;
        string? job = null, next = null;
        for (var attempt = 1; attempt <= new ServerOptions { Models = [], Storage = storage }.MostLosses; attempt++)
        {
            using var server = await ServeProcess.Start(storage, []);
            job ??= await server.Create(TestServer.Film(steps: 200));
            next ??= await server.Create(TestServer.Film(steps: 1));
            while (!server.HasBegun(job, attempt))
                await Task.Delay(20);
            server.Kill();
        }

        using var last = await ServeProcess.Start(storage, []);
        var failed = await last.Ended(job!);
        Assert.AreEqual("failed", failed.Status(), failed.ToString());
        Assert.AreEqual("worker_lost", failed.GetProperty("error").GetProperty("code").GetString());
        Assert.AreEqual("completed", (await last.Ended(next!)).Status());
        Assert.AreEqual($"{next}.1", Path.GetFileName(Assert.ContainsSingle(Directory.GetDirectories(Path.Combine(storage, "films")))));
        last.Kill();
        Directory.Delete(storage, recursive: true);
    }
}
