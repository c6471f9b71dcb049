namespace Afterimage.Server.Jobs;

/// <summary>How far a generation is.</summary>
/// <param name="Stage">encoding, denoising or decoding.</param>
/// <param name="Step">The steps of the stage that are done.</param>
/// <param name="Steps">All of them.</param>
[GenerateSerializer]
internal sealed record JobProgress(string Stage, int Step, int Steps)
{
    // Text takes no time to speak of; decoding takes some.
    private const double ShareOfDenoising = 0.9;

    /// <summary>The share that is done, from 0 to 1.</summary>
    public double Share => (Stage, (double)Step / Math.Max(1, Steps)) switch
    {
        ("encoding", _) => 0,
        ("denoising", var done) => ShareOfDenoising * done,
        var (_, done) => ShareOfDenoising + (1 - ShareOfDenoising) * done,
    };
}
