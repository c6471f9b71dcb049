using System.Diagnostics;
using System.Globalization;
using Afterimage.Planning;

namespace Afterimage.Execution;

/// <summary>
/// Warns, once each, of timesteps with which a run that learns them one at a time does what nobody means. With a plan these are
/// its notes.
/// </summary>
internal sealed class CallbackWarnings
{
    private const int RisesInARow = 3;

    private double _highest = double.NegativeInfinity;
    private int _rises;
    private bool _hasWarnedOfSigmas;
    private bool _hasWarnedOfRising;

    /// <summary>Looks at the timestep of a forward.</summary>
    /// <param name="planner">Knows the ranges.</param>
    /// <param name="timestep">The timestep.</param>
    public void See(CachePlanner planner, double timestep)
    {
        _highest = Math.Max(_highest, timestep);
        if (_hasWarnedOfSigmas || TimestepNotes.OfSigmas(planner, [_highest, timestep]) is not { } note)
            return;
        _hasWarnedOfSigmas = true;
        Trace.TraceWarning($"{nameof(CacheConfig.CurrentTimestepCallback)}: {note}");
    }

    /// <summary>Hears that a timestep rose, and so begins another generation.</summary>
    /// <param name="forwards">The forwards of the generation that ended, in the context that rose.</param>
    /// <param name="from">The timestep before.</param>
    /// <param name="to">The timestep after.</param>
    public void HearRise(int forwards, double from, double to)
    {
        _rises = forwards == 1 ? _rises + 1 : 0;
        if (_hasWarnedOfRising || _rises < RisesInARow)
            return;
        _hasWarnedOfRising = true;
        Trace.TraceWarning(string.Create(
            CultureInfo.InvariantCulture,
            $"{nameof(CacheConfig.CurrentTimestepCallback)} says higher timesteps with every forward, {from} and now {to}. Each rise begins another generation, ")
            + $"so nothing is reused. Return 1000 − t for a model that counts up, or begin its run with {nameof(ICacheableModel.BeginRun)}.");
    }
}
