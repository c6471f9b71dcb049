using System.Text.Json;

namespace Afterimage.Tuning;

/// <summary>What is measured of a search, in memory or in a file as well, so that it goes on where it was interrupted.</summary>
public sealed class TuningWork
{
    private readonly string? _path;
    private State _state = new("", []);

    /// <summary>Work in memory alone.</summary>
    public TuningWork()
    {
    }

    private TuningWork(string path) => _path = path;

    /// <summary>How many films are measured.</summary>
    public int Count => _state.Films.Count;

    /// <summary>Work in a file, with what it has already.</summary>
    /// <exception cref="InvalidDataException">It is no such work.</exception>
    public static TuningWork Open(string path)
    {
        var work = new TuningWork(path);
        try
        {
            if (File.Exists(path))
                work._state = RegularFile.ReadJson(path, text => JsonSerializer.Deserialize<State>(text, JsonSerializerOptions.Web)) ?? new("", []);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: expected an unfinished search, found something else. Delete it to begin anew.", exception);
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
        if (_state.Films.Count > 0 && _state.Subject != subject)
            throw new InvalidDataException($"'{_path}' holds an unfinished search of something else ({_state.Subject} there, {subject} here): repeat its command, delete it, or give another file.");
        _state = _state with { Subject = subject };
    }

    internal MeasuredFilm? Find(string key, int prompt) => _state.Films.Find(film => film.Key == key && film.Prompt == prompt);

    internal void Keep(MeasuredFilm film)
    {
        _state.Films.Add(film);
        if (_path is not null)
            WholeFile.WriteText(_path, JsonSerializer.Serialize(_state, JsonSerializerOptions.Web));
    }

    private sealed record State(string Subject, List<MeasuredFilm> Films);
}

/// <summary>A film that was measured.</summary>
/// <param name="Key">Of which <see cref="Candidate"/>.</param>
/// <param name="Prompt">Which prompt.</param>
/// <param name="HistoryBytes">What its cache held.</param>
/// <param name="Measures">How it is.</param>
internal sealed record MeasuredFilm(string Key, int Prompt, long HistoryBytes, FilmMeasures Measures);
