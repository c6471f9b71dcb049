namespace Afterimage.Runtime.Tests.Planning;

/// <summary>
/// Executes a site's cells on numbers, as a run does on tensors: <c>generations</c> buffers, of which what is kept overwrites the
/// oldest and becomes the newest. Buffers begin as NaN, so what was never kept cannot be read unnoticed.
/// </summary>
internal sealed class RingExecution(int generations)
{
    private readonly List<double> _buffers = [.. Enumerable.Repeat(double.NaN, generations)]; // newest first

    public double Forward(PlanCell cell, Func<double> compute)
    {
        var value = cell.Action switch
        {
            SiteAction.Compute => compute(),
            SiteAction.Reuse => _buffers[0],
            _ => cell.Coefficients.Zip(_buffers).Sum(pair => pair.First * pair.Second),
        };
        if (cell.Stores)
        {
            _buffers.RemoveAt(generations - 1);
            _buffers.Insert(0, value);
        }
        return value;
    }
}
