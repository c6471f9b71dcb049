using System.Globalization;
using Afterimage.Tuning;
using Spectre.Console;

namespace Afterimage.Cli.Tuning;

/// <summary>What a calibration found, region by region.</summary>
internal static class CalibrationTable
{
    public static Table Of(CacheCalibration calibration)
    {
        var table = new Table().AddColumns("region", "change a step", "error of the last value, 1, 2, 4 steps on", "of a straight line", "of what fits best", "grows to the film by");
        foreach (var region in calibration.Regions)
        {
            var errors = PredictorErrors.Of(calibration, region.Name);
            table.AddRow(
                $"{region.Name}",
                Figures(region.Prompts.SelectMany(prompt => prompt.Changes.Skip(1))),
                errors.Text(errors.Last), errors.Text(errors.Line), errors.Text(errors.Fitted),
                region.Sensitivity.Any(sensitivity => sensitivity > 0) ? Figures(region.Sensitivity) : "not searched");
        }
        return table;
    }

    private static string Figures(IEnumerable<double> values)
    {
        var spread = Spread.Of(values);
        return string.Create(CultureInfo.InvariantCulture, $"{spread.Median:G3} ({spread.Low:G3}–{spread.High:G3})");
    }

    private static string Text(this PredictorErrors errors, IReadOnlyList<double> byGap) =>
        string.Join(", ", new[] { 1, 2, 4 }.Where(gap => gap <= byGap.Count).Select(gap => byGap[gap - 1].ToString("P1", CultureInfo.InvariantCulture)));
}
