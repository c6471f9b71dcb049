using System.Globalization;
using Spectre.Console;
using TrainTiny.Training;

namespace TrainTiny;

/// <summary>A bar for every stage of training, with its loss.</summary>
internal sealed class StageBars(ProgressContext context) : IProgress<TrainingProgress>
{
    private readonly Dictionary<string, ProgressTask> _bars = [];

    public void Report(TrainingProgress value)
    {
        if (!_bars.TryGetValue(value.Stage, out var bar))
            _bars.Add(value.Stage, bar = context.AddTask(value.Stage, maxValue: value.Steps));
        bar.Value = value.Step;
        var loss = value.Loss is { } mean ? string.Create(CultureInfo.InvariantCulture, $", loss {mean:F4}") : "";
        bar.Description = $"{value.Stage} {value.Step} of {value.Steps}{loss}";
    }
}
