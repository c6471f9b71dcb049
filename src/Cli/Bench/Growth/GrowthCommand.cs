using System.CommandLine;
using System.Text.Json;
using Afterimage.Cli.Verify;
using Afterimage.Tuning;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary><c>afterimage bench growth</c>: what a token costs as tokens and samples become more.</summary>
internal static class GrowthCommand
{
    private const int MiddleTokens = 1200;
    private static readonly int[] s_tokens = [300, MiddleTokens, 4800, 9600];
    private static readonly int[] s_batches = [2, 4];

    public static Command Create()
    {
        var kind = SubjectOptions.Kind();
        var dtype = SubjectOptions.Dtype();
        var most = NumberOption.Count("--most", $"The most tokens, of {string.Join(", ", s_tokens)}.", s_tokens[^1]);
        most.AcceptOnlyFromAmong([.. s_tokens.Select(tokens => $"{tokens}")]);
        var steps = NumberOption.Count("--steps", "How many steps of each size are measured, after one that warms up.", Spread.Least);
        var picture = new Option<string?>("--picture") { Description = "An SVG file to draw the table in." };
        picture.AcceptOnlyExtensions(".svg");
        var json = new Option<bool>("--json") { Description = "Print the results as JSON." };
        var command = new Command("growth", "Measure what a token costs as tokens and samples become more, beside the model's own growth.")
        {
            kind, dtype, most, steps, picture, json,
        };
        command.RefuseBefore("afterimage bench growth");
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var (model, type) = (new BenchModel(arguments.GetValue(kind)!), SubjectOptions.Parse(arguments.GetValue(dtype)!));
            var sizes = Sizes(model, arguments.GetValue(most));
            using var measurement = new GrowthMeasurement(sizes.Last(size => size is { Batch: 1, Tokens: <= MiddleTokens }), type);
            try
            {
                foreach (var size in sizes)
                {
                    Console.Error.WriteLine($"{size.Tokens} tokens, {size.Batch} samples");
                    await measurement.Measure(size, arguments.GetValue(steps), cancellationToken);
                }
            }
            finally
            {
                // What was measured until then is worth something where the rest was not.
                if (measurement.Rows() is { Count: > 0 } measured)
                    Console.Write(arguments.GetValue(json) ? JsonSerializer.Serialize(measured, VerifyReport.JsonOptions) + "\n" : GrowthTable.Of(measured));
            }
            if (arguments.GetValue(picture) is { } path)
                File.WriteAllText(path, GrowthPicture.Draw($"{model.Kind}, {arguments.GetValue(dtype)}, {get_num_threads()} threads", measurement.Rows()));
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>One sample of every number of tokens, and several of the middle one.</summary>
    private static IReadOnlyList<BenchModel> Sizes(BenchModel model, int most) =>
    [
        .. s_tokens.Where(tokens => tokens <= most).Select(tokens => model with { Tokens = tokens }),
        .. s_batches.Select(batch => model with { Tokens = Math.Min(MiddleTokens, most), Batch = batch }),
    ];
}
