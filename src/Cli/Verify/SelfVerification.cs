using System.Globalization;
using System.Text.Json;
using Afterimage.Cli.Working;
using Spectre.Console;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary><c>afterimage verify --self</c>: compares what the generator emitted with the models' own bodies, without recordings.</summary>
internal static class SelfVerification
{
    /// <summary>0 where every model passed, 1 where one did not, 3 where one is not supported here.</summary>
    public static int Run(string path, ScalarType dtype, string? variant, int seed, bool json, CancellationToken cancellationToken)
    {
        var models = ModelsIn(path);
        var results = new List<SelfResult>();
        LongWork.Run(models.Count, (i, _) => results.Add(Check(models[i], dtype, variant, seed, cancellationToken)), i => models[i]);
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(results, VerifyReport.JsonOptions));
        else
            Print(results);
        return results.All(result => result.Report.Passed) ? ExitCode.Success : ExitCode.Failure;
    }

    // The model itself, or every one in the folders of a folder.
    private static IReadOnlyList<string> ModelsIn(string path)
    {
        if (Subject.HasConfig(path) || !Directory.Exists(path))
            return [path];
        string[] models = [.. Directory.GetDirectories(path).Order(StringComparer.Ordinal).Where(folder => Subject.HasConfig(folder) && Subject.IsTransformer(folder))];
        return models.Length > 0 ? models : throw new FileNotFoundException($"'{path}' is no transformer, and there is none in its folders.");
    }

    private static SelfResult Check(string path, ScalarType dtype, string? variant, int seed, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        var module = Subject.LoadModel(path, dtype, variant, null, cancellationToken);
        module.eval();
        manual_seed(seed);
        using var subject = SelfCheckSubject.Of(module, dtype);
        return new SelfResult(path, subject.Module.GetType().Name, CacheSelfCheck.RunOn(
            subject.Cache,
            () =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return subject.Forward();
            },
            subject.Inputs));
    }

    private static void Print(IReadOnlyList<SelfResult> results)
    {
        var table = new Table().RoundedBorder().AddColumns("model", "compared with the body", "reused", "largest difference", "result");
        foreach (var (path, _, report) in results)
        {
            foreach (var comparison in report.Comparisons)
            {
                table.AddRow(
                    new Text(Path.GetFileName(Path.TrimEndingDirectorySeparator(path))),
                    new Text(comparison.Reused.Count == 0 || comparison.Name.StartsWith("a run", StringComparison.Ordinal) ? comparison.Name : "sites reused"),
                    new Text(Sites(comparison.Reused)),
                    new Text(comparison.LargestDifference.ToString("0.0e+0", CultureInfo.InvariantCulture)),
                    new Markup(comparison.Fault == SelfCheckFault.None ? "[green]equal[/]" : $"[red]{comparison.Fault}[/] {Markup.Escape(comparison.Remedy!)}"));
            }
        }

        Output.Console.Write(table);
        Console.WriteLine($"{results.Count(result => result.Report.Passed)} of {results.Count} models passed");
    }

    // Blocks that are alike have sites of one name.
    private static string Sites(IReadOnlyList<string> sites) =>
        string.Join('\n', sites.GroupBy(site => site.Split('.') is [var list, _, .. var rest] ? $"{list}.*.{string.Join('.', rest)}" : site)
            .Select(group => group.Count() == 1 ? group.Single() : $"{group.Key} ({group.Count()})"));

    private sealed record SelfResult(string Path, string Model, SelfCheckReport Report);
}
