using System.Net;
using System.Text.Json;

namespace Afterimage.Server.Tests;

/// <summary>What answers say.</summary>
internal static class Answers
{
    public static string Id(this JsonElement answer) => answer.GetProperty("id").GetString()!;

    public static string Status(this JsonElement answer) => answer.GetProperty("status").GetString()!;

    /// <summary>An error in the shape that OpenAI's clients read.</summary>
    public static async Task<JsonElement> AssertError(this Task<HttpResponseMessage> sent, HttpStatusCode status, string code)
    {
        using var answer = await sent;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.AreEqual(status, answer.StatusCode, text);
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        Assert.AreEqual(code, error.GetProperty("code").GetString(), text);
        Assert.IsNotEmpty(error.GetProperty("message").GetString()!);
        Assert.IsNotEmpty(error.GetProperty("type").GetString()!);
        Assert.DoesNotContain("   at ", text);
        return error;
    }
}
