using Afterimage.Tuning;

namespace Afterimage.Cli.Bench;

/// <summary>What a step of a model costs at one size.</summary>
/// <param name="Tokens">Of a sample.</param>
/// <param name="Batch">How many samples there are.</param>
/// <param name="LayerGflop">10⁹ floating-point operations of linear layers, which grow as the tokens do.</param>
/// <param name="AttentionGflop">Those of attention, which grow as the square of the tokens.</param>
/// <param name="OwnSeconds">What both take, and what lies between them, at the rates of the size in the middle.</param>
/// <param name="Seconds">What a step takes.</param>
/// <param name="PeakBytes">The most resident memory of the process that made the steps.</param>
internal sealed record GrowthRow(int Tokens, int Batch, double LayerGflop, double AttentionGflop, double OwnSeconds, Spread Seconds, long PeakBytes)
{
    /// <summary>A step over what the model's own operations take.</summary>
    public double Ratio => Seconds.Median / OwnSeconds;

    /// <summary>Microseconds of a step for each token of each sample.</summary>
    public double PerToken(double seconds) => 1e6 * seconds / ((double)Tokens * Batch);
}
