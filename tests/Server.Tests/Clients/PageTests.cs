using Microsoft.Playwright;

namespace Afterimage.Server.Tests.Clients;

/// <summary>The page, in Chromium. Skipped where there is none.</summary>
[TestClass]
public sealed class PageTests
{
    private const string Chromium = "/usr/bin/chromium";

    // Nothing on the page takes as long, on whatever machine.
    private const float Forever = 120_000;

    [TestMethod]
    public async Task Page_WithAPromptAndACache_ShowsTheFilmBesideTheUncachedOneAndThePlan()
    {
        if (!File.Exists(Chromium))
            Assert.Inconclusive($"There is no {Chromium} here.");
        await using var server = await TestServer.Start();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Chromium,
            Timeout = Forever,
            // The last ones keep it from asking for what is not to be had.
            Args = [.. Environment.IsPrivilegedProcess ? (string[])["--no-sandbox"] : [], "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        var page = await browser.NewPageAsync();
        page.SetDefaultTimeout(Forever);
        var errors = new List<string>();
        page.PageError += (_, error) => errors.Add(error);

        await page.GotoAsync(server.Address.AbsoluteUri);
        await page.Locator("#error", new PageLocatorOptions { HasText = "asks for an API key" }).WaitForAsync();
        await page.FillAsync("#key", TestServer.Key);
        await page.DispatchEventAsync("#key", "change");
        await page.Locator("#model option").First.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Attached });
        await page.FillAsync("#prompt", "<img src=x onerror=alert(1)> a blue square");
        await page.FillAsync("#steps", "6");
        await page.FillAsync("#size", "32x32");
        await page.FillAsync("#frames", "5");
        await page.ClickAsync("#go");

        await page.Locator("#films video, #films img").Nth(1).WaitForAsync();
        await page.WaitForFunctionAsync("() => [...document.querySelectorAll('#films video, #films img')].every(film => film.tagName === 'VIDEO' ? film.readyState >= 2 : film.naturalWidth === 32)");
        Assert.AreSequenceEqual(["pab", "without a cache"], (await page.Locator("#films h2").AllTextContentsAsync()).Order());
        Assert.AreSequenceEqual(["100", "100"], await page.Locator("#films progress").EvaluateAllAsync<string[]>("bars => bars.map(bar => `${bar.value}`)"));
        await page.WaitForFunctionAsync("() => document.querySelector('#plan img').naturalWidth > 100");
        Assert.Contains("of the operations saved", (await page.TextContentAsync("#plan figcaption"))!);
        Assert.AreEqual("", await page.TextContentAsync("#error"));
        Assert.IsEmpty(errors, string.Join('\n', errors));
    }
}
