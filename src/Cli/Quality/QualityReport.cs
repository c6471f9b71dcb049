using System.Globalization;
using System.Text;

namespace Afterimage.Cli.Quality;

/// <summary>The report in Markdown.</summary>
internal static class QualityReport
{
    /// <param name="request">What was asked for.</param>
    /// <param name="form">The number of frames and the size of the films.</param>
    /// <param name="caches">No cache first.</param>
    public static string Of(QualityRequest request, string form, IReadOnlyList<CacheQuality> caches)
    {
        var options = request.Options;
        var report = new StringBuilder();
        Line("# What caches do to films");
        Line();
        Line(Recommendation.Of(caches));
        Line();
        Line("For a plan of your own model, steps and size, twice as fast as it is without one, type");
        Line();
        Line("```");
        Line("afterimage tune FOLDER --speedup 2");
        Line("afterimage generate FOLDER \"PROMPT\" --cache NAME.plan.json");
        Line("```");
        Line();
        Line("with the folder of your pipeline; what it does and what else it takes is in [tuning](tuning.md).");
        Line();
        var filmsEach = request.FilmsPerPrompt == 1 ? "" : $" with {request.FilmsPerPrompt} films each";
        var timesEach = request.Repeats == 1 ? "once each" : $"{request.Repeats} times each";
        Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{Plural(request.Prompts.Count / request.FilmsPerPrompt, "prompt")}{filmsEach}, from the same noise with every cache (seeds from {options.Seed}), "
            + $"{timesEach} in rounds of changing order: {form}, {Plural(options.NumInferenceSteps, "step")}, guidance scale {options.GuidanceScale}, "
            + $"{request.Pipeline.Dtype.ToString().ToLowerInvariant()}."));
        Line();
        CacheTable.Write(report, caches);
        Line();
        Line("- **speed-up**: the seconds of a film without a cache to those with it, text and decoding included; the median of all rounds, and in brackets");
        Line("  the range that holds the median in 19 of 20 cases (the least and the most of fewer than six rounds). No difference is where 1 lies in it.");
        Line("- **PSNR** and **SSIM**: against the film without a cache, the mean of all films and, in brackets, the worst.");
        Line("- **prompt**: the share of films that show all that their prompts say of colour, shape and direction, and then each of the three,");
        Line("  read off the frames by a fixed measure and not by a model. Prompts that name no circle, square or triangle do not count.");
        Line("- **attention skipped**, **uncond. skipped**: the share of forwards that did not compute attention, or the unconditional half of guidance.");
        Line("- **history**: what the cache held. **peak**: of the process's memory.");
        if (request.Picture is not null)
        {
            Line();
            Line($"![A frame of {Plural(Math.Min(QualityPicture.Columns, request.Prompts.Count), "film")} with each cache]({Relative(request)})");
        }
        Line();
        Line("## Film by film");
        Line();
        FilmTable.Write(report, request.Prompts, caches);
        Line();
        Line("## How it was made");
        Line();
        Line("```");
        Line(request.CommandLine);
        Line("```");
        Line();
        Line(Machine.Of(request.Pipeline.Device));
        return report.ToString();

        void Line(string text = "") => report.Append(text).Append('\n');
    }

    private static string Plural(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>As seen from the report.</summary>
    private static string Relative(QualityRequest request)
    {
        var path = Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(request.Target))!, Path.GetFullPath(request.Picture!));
        return Uri.EscapeDataString(path.Replace('\\', '/')).Replace("%2F", "/", StringComparison.Ordinal);
    }
}
