namespace Afterimage.Models;

/// <summary>The cached runs of one generation: one for each transformer whose cache is enabled, over the steps that it makes.</summary>
internal sealed class CachedRuns : IDisposable
{
    private readonly List<(DenoisingSpan Span, CacheRun? Run)> _runs = [];

    private CachedRuns()
    {
    }

    /// <summary>Begins them.</summary>
    /// <param name="spans">Who makes which steps; together they make all.</param>
    /// <param name="timesteps">Of all steps.</param>
    /// <param name="request">How guidance reaches the models, and what latents are.</param>
    /// <param name="scheduler">What goes from prediction to prediction.</param>
    /// <exception cref="ArgumentException">An enabled cache cannot work with these.</exception>
    public static CachedRuns Begin(IReadOnlyList<DenoisingSpan> spans, IReadOnlyList<double> timesteps, GenerationRequest request, IScheduler scheduler)
    {
        var runs = new CachedRuns();
        try
        {
            foreach (var span in spans)
            {
                var run = span.Model.IsCacheEnabled ? span.Model.BeginRun(span.Of(timesteps), request.Layout) : null;
                runs._runs.Add((span, run));
                // Between two looks at a prompt the device would be waited for; here nobody writes over one.
                run?.PromptIsFixed = true;
                request.Check(run?.Plan, scheduler);
            }
            return runs;
        }
        catch
        {
            runs.Dispose();
            throw;
        }
    }

    /// <summary>Who makes a step, and its run if there is one.</summary>
    public (ICacheableModel Model, CacheRun? Run) At(int step)
    {
        var (span, run) = _runs.First(entry => step < entry.Span.End);
        return (span.Model, run);
    }

    /// <inheritdoc/>
    public void Dispose() => _runs.ForEach(entry => entry.Run?.Dispose());
}
