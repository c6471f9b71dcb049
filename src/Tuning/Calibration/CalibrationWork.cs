using System.Text.Json;
using System.Text.Json.Serialization;

namespace Afterimage.Tuning;

/// <summary>What is finished of a calibration, in memory or in a file as well, so that it goes on where it was interrupted.</summary>
public sealed class CalibrationWork
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(allowIntegerValues: false) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly string? _path;
    private State _state = new();

    /// <summary>Work in memory alone.</summary>
    public CalibrationWork()
    {
    }

    private CalibrationWork(string path) => _path = path;

    /// <summary>How many films are finished.</summary>
    public int Count => _state.Runs.Count + _state.Perturbed.Count + _state.Costs.Count;

    /// <summary>Work in a file, with what it has already.</summary>
    /// <exception cref="InvalidDataException">It is no such work.</exception>
    public static CalibrationWork Open(string path)
    {
        var work = new CalibrationWork(path);
        try
        {
            if (File.Exists(path))
                work._state = RegularFile.ReadJson(path, text => JsonSerializer.Deserialize<State>(text, s_json)) ?? new();
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: expected an unfinished calibration, found something else. Delete it to begin anew.", exception);
        }
        return work;
    }

    /// <summary>Deletes the file: all is done.</summary>
    public void Delete()
    {
        if (_path is not null)
            File.Delete(_path);
    }

    /// <summary>Says what the work is of.</summary>
    /// <exception cref="InvalidDataException">What is there is of something else.</exception>
    internal void Begin(string subject)
    {
        if (_state.Subject is { } own && own != subject)
            throw new InvalidDataException($"'{_path}' holds an unfinished calibration of something else ({own} there, {subject} here): repeat its command, delete it, or give another file.");
        _state = _state with { Subject = subject };
    }

    internal CalibrationRunResult? Run(int prompt) => _state.Runs.Find(run => run.Prompt == prompt);

    internal Perturbation? Perturbed(SiteKind kind, int step, int prompt) => _state.Perturbed.Find(each => (each.Kind, each.Step, each.Prompt) == (kind, step, prompt));

    internal CostSample? Cost(int film) => _state.Costs.Find(cost => cost.Film == film);

    internal void Keep(CalibrationRunResult run) => Keep(() => _state.Runs.Add(run));

    internal void Keep(Perturbation perturbation) => Keep(() => _state.Perturbed.Add(perturbation));

    internal void Keep(CostSample cost) => Keep(() => _state.Costs.Add(cost));

    private void Keep(Action add)
    {
        add();
        if (_path is not null)
            WholeFile.WriteText(_path, JsonSerializer.Serialize(_state, s_json));
    }

    private sealed record State
    {
        public string? Subject { get; init; }

        public List<CalibrationRunResult> Runs { get; init; } = [];

        public List<Perturbation> Perturbed { get; init; } = [];

        public List<CostSample> Costs { get; init; } = [];
    }
}
