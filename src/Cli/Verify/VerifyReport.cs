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

    /// <summary>Prints what was compared as a table, and what could not be as a list below it.</summary>
    public static void Print(IAnsiConsole console, IReadOnlyList<CheckResult> results)
    {
        var compared = results.Where(result => result.Status != CheckStatus.NotSupported).ToList();
        if (compared.Count > 0)
            console.Write(Table(compared));
        foreach (var reason in results.Except(compared).GroupBy(result => result.Detail))
            Console.WriteLine($"not supported: {string.Join(", ", reason.Select(result => result.Name))}: {reason.Key}");
        Console.WriteLine($"{compared.Count(result => result.Status == CheckStatus.Passed)} of {compared.Count} compared recordings passed, "
            + $"{results.Count - compared.Count} not supported");
    }

    private static Table Table(IReadOnlyList<CheckResult> results)
    {
        var table = new Table().RoundedBorder().AddColumns("recording", "decisions", "largest difference", "limit", "result");
        foreach (var result in results)
        {
            table.AddRow(
                new Text(result.Name),
                new Text(result.Decisions ?? "-"),
                new Text(string.Join('\n', result.Differences.Select(difference => $"{difference.Quantity} {Figure(difference.Largest)}"))),
                new Text(string.Join('\n', result.Differences.Select(difference => Figure(difference.Limit)))),
                new Markup(result.Status == CheckStatus.Passed ? "[green]pass[/]" : $"[red]FAIL[/] {Markup.Escape(result.Detail ?? "")}"));
        }
        return table;
    }

    private static string Figure(double value) => value.ToString("0.0e+0", CultureInfo.InvariantCulture);
}
