namespace Afterimage.Cli.Bench;

/// <summary>What one run took in a process that did nothing else.</summary>
/// <param name="Cache">The cache.</param>
/// <param name="StepSeconds">Of every step.</param>
/// <param name="FirstPeakBytes">The most resident memory of the process until its third step was done, from its start on and with all that is in it.</param>
/// <param name="PeakBytes">The same until the end.</param>
internal sealed record RunReport(string Cache, IReadOnlyList<double> StepSeconds, long FirstPeakBytes, long PeakBytes);
