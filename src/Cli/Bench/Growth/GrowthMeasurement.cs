using Afterimage.Tuning;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary>
/// Measures steps of a model at several sizes, each in a process of its own, beside the model's own growth: its operations of each kind at the rates that
/// they have alone at one size, the medians of what is measured before and after every process.
/// </summary>
internal sealed class GrowthMeasurement : IDisposable
{
    /// <summary>How often each piece of work is done alone at a time.</summary>
    private const int Repeats = 3;

    private readonly WorkRecorder _recorder = new();
    private readonly List<IReadOnlyDictionary<LoneWork, double>> _alone = [];
    private readonly List<MeasuredSize> _sizes = [];
    private readonly BenchModel _base;
    private readonly ScalarType _dtype;
    private readonly Subject _subject; // whose weights the work is done with
    private readonly StepWork _work;

    /// <param name="middle">The size whose rates count.</param>
    /// <param name="dtype">The type that models run in.</param>
    public GrowthMeasurement(BenchModel middle, ScalarType dtype)
    {
        (_base, _dtype) = (middle, dtype);
        _subject = middle.Build(dtype, CPU);
        _work = WorkOf(_subject, _recorder);
        _recorder.Seconds();
    }

    /// <summary>Measures one size.</summary>
    /// <param name="model">The model of that size.</param>
    /// <param name="steps">How many steps there are after the first, which warms up.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task Measure(BenchModel model, int steps, CancellationToken cancellationToken)
    {
        if (_alone.Count == 0)
            MeasureAlone();
        var run = await RunCommand.InItsOwnProcess(SubjectOptions.Of(model, _dtype), CacheChoice.None.Name, steps + 1L, cancellationToken);
        MeasureAlone();
        using var recorder = new WorkRecorder();
        using var subject = model.Build(_dtype, META);
        _sizes.Add(new MeasuredSize(model, WorkOf(subject, recorder), Spread.Of(run.StepSeconds.Skip(1)), run.PeakBytes));
    }

    /// <summary>What was measured until now, a row for each size.</summary>
    public IReadOnlyList<GrowthRow> Rows()
    {
        var alone = _alone.Count == 0 ? [] : _alone[0].Keys.ToDictionary(work => work, work => Spread.Of(_alone.Select(seconds => seconds[work])).Median);
        return
        [
            .. from size in _sizes
               let products = new[] { WorkKind.Layer, WorkKind.Attention }.Sum(kind => _work.Limit(kind, alone) * size.Work.Amount(kind) / _work.Amount(kind))
               let passes = _work.Limit(WorkKind.Pass, alone) * size.Model.Tokens * size.Model.Batch / (_base.Tokens * _base.Batch)
               select new GrowthRow(
                   size.Model.Tokens, size.Model.Batch, size.Work.Amount(WorkKind.Layer) / 1e9, size.Work.Amount(WorkKind.Attention) / 1e9, products + passes, size.Seconds, size.PeakBytes),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _recorder.Dispose();
        _subject.Dispose();
    }

    private void MeasureAlone()
    {
        for (var repeat = 0; repeat < Repeats; repeat++)
            _alone.Add(_recorder.Seconds());
    }

    private static StepWork WorkOf(Subject subject, WorkRecorder recorder)
    {
        using var noGradient = no_grad();
        return recorder.Record(subject.Module, onStep =>
        {
            using var scope = NewDisposeScope();
            subject.Forward(subject.BenchLayout == GuidanceLayout.Batched ? cat([subject.Latents, subject.Latents]) : subject.Latents, timestep: 500);
            onStep();
        })[0];
    }

    private sealed record MeasuredSize(BenchModel Model, StepWork Work, Spread Seconds, long PeakBytes);
}
