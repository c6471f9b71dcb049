using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Afterimage.Cli.Verify;

/// <summary>Shows the results of <c>verify</c>.</summary>
internal static class VerifyReport
{
    public static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        WriteIndented = true,
    };

    public static Table Table(IReadOnlyList<CheckResult> results)
    {
        var table = new Table().RoundedBorder().AddColumns("recording", "decisions", "largest difference", "limit", "result");
        foreach (var result in results)
        {
            table.AddRow(
                new Text(result.Name),
                new Text(result.Decisions ?? "-"),
                new Text(string.Join('\n', result.Differences.Select(difference => $"{difference.Quantity} {Figure(difference.Largest)}"))),
                new Text(string.Join('\n', result.Differences.Select(difference => Figure(difference.Limit)))),
                Verdict(result));
        }
        var passed = results.Count(result => result.Status == CheckStatus.Passed);
        return table.Caption($"{passed} of {results.Count} passed");
    }

    private static Markup Verdict(CheckResult result)
    {
        var detail = result.Detail is null ? "" : "\n" + Markup.Escape(result.Detail);
        return new Markup(result.Status switch
        {
            CheckStatus.Passed => "[green]pass[/]",
            CheckStatus.Failed => $"[red]FAIL[/]{detail}",
            _ => $"[yellow]not supported[/]{detail}",
        });
    }

    private static string Figure(double value) => value.ToString("0.0e+0", CultureInfo.InvariantCulture);
}
