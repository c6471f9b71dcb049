using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Afterimage.Server.Tests.Clients;

/// <summary>OpenAI's client for Node against this server. Skipped where there is no Node, or its package cannot be had.</summary>
[TestClass]
public sealed class NodeClientTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "Clients", "node");

    [TestMethod]
    public async Task Client_CreatesPollsListsDownloadsAndDeletes()
    {
        if (!Directory.Exists(Path.Combine(s_folder, "node_modules", "openai")))
        {
            var (code, output) = await Run("npm", "install", "--no-audit", "--no-fund", "--no-package-lock");
            if (code != 0)
                Assert.Inconclusive($"npm cannot install the package openai here: {output}");
        }
        await using var server = await TestServer.Start();
        var (exit, printed) = await Run("node", "client.mjs", new Uri(server.Address, "v1").AbsoluteUri, TestServer.Key);
        Assert.AreEqual(0, exit, $"{printed}\n{server.Log}");
        var seen = JsonDocument.Parse(printed).RootElement;
        Assert.AreEqual("completed", seen.Status());
        Assert.AreEqual(100, seen.GetProperty("progress").GetInt32());
        Assert.AreEqual("1", seen.GetProperty("seconds").GetString());
        Assert.IsTrue(seen.GetProperty("listed").GetBoolean());
        Assert.IsGreaterThan(100, seen.GetProperty("film").GetInt32());
        Assert.AreEqual("PNG", seen.GetProperty("png").GetString());
        Assert.IsTrue(seen.GetProperty("deleted").GetBoolean());
        Assert.AreEqual("""{"status":404,"code":"not_found","type":"invalid_request_error","name":"NotFoundError"}""", seen.GetProperty("gone").GetRawText());
    }

    private static async Task<(int ExitCode, string Output)> Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = s_folder, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, process.ExitCode == 0 ? output : output + await errors);
        }
        catch (Win32Exception)
        {
            Assert.Inconclusive($"There is no {program} here.");
            throw;
        }
    }
}
