using Afterimage.Tuning;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary>
/// Measures steps of a model at several sizes, each in a process of its own, beside the model's own growth: its operations of each kind at the rates that
/// they have alone at one size, measured anew before every process.
/// </summary>
internal sealed class GrowthMeasurement : IDisposable
{
    private readonly WorkRecorder _recorder = new();
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
    public async Task<GrowthRow> Measure(BenchModel model, int steps, CancellationToken cancellationToken)
    {
        var alone = _recorder.Seconds();
        var run = await RunCommand.InItsOwnProcess(SubjectOptions.Of(model, _dtype), CacheChoice.None.Name, steps + 1L, cancellationToken);
        using var recorder = new WorkRecorder();
        using var subject = model.Build(_dtype, META);
        var work = WorkOf(subject, recorder);
        var own = new[] { WorkKind.Layer, WorkKind.Attention }.Sum(kind => _work.Limit(kind, alone) * work.Amount(kind) / _work.Amount(kind))
            + _work.Limit(WorkKind.Pass, alone) * model.Tokens * model.Batch / (_base.Tokens * _base.Batch);
        return new GrowthRow(
            model.Tokens, model.Batch, work.Amount(WorkKind.Layer) / 1e9, work.Amount(WorkKind.Attention) / 1e9, own,
            Spread.Of(run.StepSeconds.Skip(1)), run.PeakBytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _recorder.Dispose();
        _subject.Dispose();
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
}
