using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>What a method that decides while it runs looks at, and when that lets a forward skip.</summary>
/// <param name="Threshold">The limit of the change that is let pass.</param>
internal abstract record DecisionRule(double Threshold);

/// <summary>What the first blocks add, against what they added at the last forward that computed: at most the threshold.</summary>
internal sealed record FirstBlocksRule(double Threshold) : DecisionRule(Threshold);

/// <summary>
/// What the model's <see cref="ChangeIndicatorAttribute"/> gives, against what it gave at the forward before: the sum of a polynomial of it since the last
/// forward that computed, below the threshold.
/// </summary>
internal sealed record IndicatorRule(double Threshold, ImmutableArray<double> Coefficients) : DecisionRule(Threshold);

/// <summary>
/// The latents, against those of the forward before: the sum since the last forward that computed of how much the output changes with them, below the threshold.
/// One cache context decides for all of a step.
/// </summary>
internal sealed record LatentsRule(double Threshold) : DecisionRule(Threshold);
