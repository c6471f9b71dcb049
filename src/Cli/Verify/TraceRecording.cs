using System.Text.Json;

namespace Afterimage.Cli.Verify;

/// <summary>The JSON of one recorded denoising run.</summary>
internal sealed record TraceRecording
{
    public required string InputsFile { get; init; }

    public Dictionary<string, JsonElement> ScalarInputs { get; init; } = [];

    public required string ModelClass { get; init; }

    public double? GuidanceScale { get; init; }

    public required List<string> CallsPerStep { get; init; }

    public string CurrentTimestep { get; init; } = "t";

    public required List<double> ModelTimestep { get; init; }

    public required SchedulerRecording Scheduler { get; init; }

    public JsonElement? Cache { get; init; }

    public List<int> NoisePredSteps { get; init; } = [];

    public List<string> HookedModules { get; init; } = [];

    public List<DecisionRecording> Decisions { get; init; } = [];

    /// <summary>The layout that the recorded calls imply.</summary>
    public GuidanceLayout Layout => (CallsPerStep.Count, GuidanceScale) switch
    {
        (2, _) => GuidanceLayout.Sequential,
        (1, not null) => GuidanceLayout.Batched,
        _ => GuidanceLayout.None,
    };

    /// <summary>The timestep that the recorded cache's callback returned for a scheduler's timestep.</summary>
    public double CacheTimestep(double timestep) => CurrentTimestep switch
    {
        "t" => timestep,
        "1000 - t" => 1000 - timestep,
        var other => throw new NotSupportedException($"current_timestep '{other}' is not known here; 't' and '1000 - t' are."),
    };
}

/// <summary>What the recorded cache did at one call of the model.</summary>
internal sealed record DecisionRecording
{
    public required int Step { get; init; }

    public required string Call { get; init; }

    public required string Modules { get; init; }

    public bool? UncondSkipped { get; init; }
}
