using System.Globalization;
using System.Text;
using Afterimage.Cli.Quality;
using Afterimage.Tuning;

namespace Afterimage.Cli.Tuning;

/// <summary>The report of <c>tune</c> in Markdown.</summary>
internal static class FrontReport
{
    public static string Of(TuneRun run, PlanFront front, PlanRanking? ranking, CacheCalibration calibration, int prompts)
    {
        var report = new StringBuilder();
        Line("# Tuned plans");
        Line();
        Line(front.Best is { } best
            ? $"`generate … --cache {Path.GetFileName(run.FileOf(best))}` reaches what was asked for."
            : "No plan reaches what was asked for.");
        Line();
        FrontTable.Write(report, front);
        Line();
        Line($"![Speed-up and likeness of the plans]({Uri.EscapeDataString(Path.GetFileName(run.Name))}.svg)");
        Line();
        Line("- **speed-up**: the seconds of a film without a cache over those with it, text and decoding included; the median of all films and the range that holds it in 19 of 20 cases.");
        Line("- **PSNR** and **SSIM**: against the film without a cache, the mean of all films and, in brackets, the worst.");
        Line("- **MS-GMSD**: how differently edges look on several scales, 0 where they look the same. **flicker**: how much less steady the film is than the one without a cache.");
        Line("  **LPIPS**: with `--lpips`.");
        Line("- **predicted**: from the calibration, before a film was made.");
        Line();
        var subject = calibration.Subject;
        Line(string.Create(
            CultureInfo.InvariantCulture,
            $"Calibrated with {calibration.Prompts} prompts, measured on {prompts} others: {calibration.Timesteps.Count} steps with {subject.Scheduler}, {subject.Frames} frames of {subject.Width} × {subject.Height}, "
            + $"guidance scale {calibration.GuidanceScale}, {run.Request.Pipeline.Dtype.ToString().ToLowerInvariant()}. A plan is refused by other weights, steps, schedulers and sizes."));
        if (ranking is not null)
        {
            Line();
            Line(ranking.Sentence);
            Line();
            MarkdownTable.Row(report, "plan at random", "predicted dB", "measured dB");
            MarkdownTable.Rule(report, 3, left: 1);
            foreach (var plan in ranking.Plans.OrderByDescending(plan => plan.Predicted))
                MarkdownTable.Row(report, plan.Kinds, plan.Predicted.ToString("F1", CultureInfo.InvariantCulture), plan.Measured.ToString("F1", CultureInfo.InvariantCulture));
        }
        Line();
        Line("```");
        Line(run.CommandLine);
        Line("```");
        Line();
        Line(Machine.Of(run.Request.Pipeline.Device));
        return report.ToString();

        void Line(string text = "") => report.Append(text).Append('\n');
    }
}
