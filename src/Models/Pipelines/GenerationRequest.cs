namespace Afterimage.Models;

/// <summary>A generation with every size worked out and checked.</summary>
internal sealed record GenerationRequest
{
    /// <summary>In pixels.</summary>
    public required int Height { get; init; }

    /// <summary>In pixels.</summary>
    public required int Width { get; init; }

    /// <summary>As many frames as are asked for; 1 for a picture.</summary>
    public int Frames { get; init; } = 1;

    /// <summary>As many frames as come out at least: autoencoders make several at once.</summary>
    public int LeastFrames { get; init; } = 1;

    /// <summary>The shape of the latents, samples first.</summary>
    public required long[] LatentShape { get; init; }

    /// <summary>Frames, rows and columns of the latents of one sample, before they are packed into tokens.</summary>
    public required (int Frames, int Rows, int Columns) Grid { get; init; }

    /// <summary>The latent frames in front that only fill up the last patch, and are not decoded.</summary>
    public int AdditionalFrames { get; init; }

    /// <summary>The tokens that the latents of one sample are.</summary>
    public required double Tokens { get; init; }

    /// <summary>The number of tokens of every prompt, padding included.</summary>
    public required int TextLength { get; init; }

    /// <summary>How guidance reaches the model.</summary>
    public required GuidanceLayout Layout { get; init; }

    /// <summary>The samples.</summary>
    public long Batch => LatentShape[0];

    /// <summary>Whether there is guidance.</summary>
    public bool IsGuided => Layout != GuidanceLayout.None;

    /// <summary>Refuses a plan that was made for another generation, or that this pipeline's predictions are not the right shape for, before anything is done.</summary>
    /// <param name="plan">The plan of a run; <see langword="null"/> where there is none.</param>
    /// <param name="scheduler">What goes from prediction to prediction.</param>
    /// <exception cref="ArgumentException">
    /// It was made for another size or scheduler, or weighs low and high frequencies over height and width, which packed latents have not.
    /// </exception>
    public void Check(CachePlan? plan, IScheduler scheduler)
    {
        if (plan?.Subject is { } subject)
        {
            Check(plan, "frames of a height of", subject.Height, Height);
            Check(plan, "frames of a width of", subject.Width, Width);
            Check(plan, "films with a number of frames of", subject.Frames, Frames);
            if (subject.Scheduler.Length > 0 && subject.Scheduler != scheduler.GetType().Name)
                throw MadeForOther(plan, $"the scheduler {subject.Scheduler}", scheduler.GetType().Name);
        }
        if (LatentShape.Length < 4 && plan?.Rows.Any(row => plan.GuidanceOf(row).Coefficients.Distinct().Count() > 1) == true)
        {
            throw new ArgumentException(
                $"{plan.Method} weighs the frequencies of predictions over height and width, and this pipeline's are packed into tokens, [{string.Join(", ", LatentShape)}]. "
                + $"Set {nameof(FasterCacheConfig.IsGuidanceDistilled)}, which skips attention alone, or take a {nameof(StepMaskConfig)} for guidance.");
        }
    }

    private static void Check(CachePlan plan, string what, int expected, int found)
    {
        if (expected != 0 && expected != found)
            throw MadeForOther(plan, $"{what} {expected}", $"{found}");
    }

    private static ArgumentException MadeForOther(CachePlan plan, string expected, string found) => new(
        $"The plan of {plan.Method} was made for {expected}, found {found}: generate what it was made for, make another plan, or set {nameof(CachePlanConfig.CarriesOver)} "
        + "(--carry-over), which takes it unmeasured.");
}
