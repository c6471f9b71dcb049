using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Quality;

/// <summary>
/// The folder beside a report that keeps what is finished of it until all is: every measurement, and the films that are still to be
/// measured. The same command goes on from there.
/// </summary>
internal sealed class QualityWork
{
    private const string Frames = "frames";
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly QualityState _state;

    private QualityWork(string folder, QualityState state) => (Folder, _state) = (folder, state);

    /// <summary>Where it is, once there is something in it.</summary>
    public string Folder { get; }

    /// <summary>The number of frames and the size of the films.</summary>
    public string Form => _state.Form;

    /// <summary>How many films have been generated, each as often as it was.</summary>
    public int Count => _state.Timings.Count;

    private string StateFile => Path.Combine(Folder, "work.json");

    /// <summary>Opens the work of a report; empty if there is none yet.</summary>
    /// <exception cref="InvalidDataException">What is there was done with other settings, or is no such work.</exception>
    public static QualityWork Open(QualityRequest request)
    {
        var folder = Path.ChangeExtension(request.Target, ".work");
        var settings = QualitySettings.Of(request);
        var work = new QualityWork(folder, new QualityState { Settings = settings });
        return File.Exists(work.StateFile) ? new QualityWork(folder, Read(work.StateFile, settings)) : work;
    }

    public QualityTiming? Timing(int cache, int prompt, int repeat) =>
        _state.Timings.FirstOrDefault(timing => (timing.Cache, timing.Prompt, timing.Repeat) == (cache, prompt, repeat));

    public QualityFilm? Film(int cache, int prompt) => _state.Films.FirstOrDefault(film => (film.Cache, film.Prompt) == (cache, prompt));

    /// <summary>Keeps what a generation took, and its frames if it is the first of its film.</summary>
    public void Keep(QualityTiming timing, Tensor frames)
    {
        if (timing.Repeat == 0)
            Write(Frames, timing.Cache, timing.Prompt, frames);
        _state.Form = string.Create(CultureInfo.InvariantCulture, $"{frames.shape[1]} frames of {frames.shape[^1]} × {frames.shape[^2]}");
        _state.Timings.Add(timing);
        Save();
    }

    /// <summary>Keeps how a film looks.</summary>
    public void Keep(QualityFilm film)
    {
        _state.Films.Add(film);
        Save();
    }

    /// <summary>The frames of a film, or null where they are not kept. The caller's.</summary>
    public Tensor? ReadFrames(int cache, int prompt) => Read(Frames, cache, prompt);

    /// <summary>Forgets the frames of a film that has been measured.</summary>
    public void DropFrames(int cache, int prompt) => File.Delete(PathOf(Frames, cache, prompt));

    /// <summary>Keeps a part of a film for the picture.</summary>
    public void KeepStill(int cache, int prompt, Tensor still) => Write("still", cache, prompt, still);

    /// <summary>What <see cref="KeepStill"/> kept. The caller's.</summary>
    public Tensor ReadStill(int cache, int prompt) => Read("still", cache, prompt)
        ?? throw new InvalidDataException($"'{PathOf("still", cache, prompt)}' is missing: delete '{Folder}' to begin anew.");

    /// <summary>Deletes the folder: the report is written.</summary>
    public void Delete() => Directory.Delete(Folder, recursive: true);

    private static QualityState Read(string file, IReadOnlyDictionary<string, string> settings)
    {
        QualityState? state = null;
        try
        {
            state = JsonSerializer.Deserialize<QualityState>(RegularFile.ReadText(file), s_json);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{file}: expected the measurements of an unfinished report, found something else. Delete its folder to begin anew.", exception);
        }
        var others = settings.Where(own => state!.Settings.GetValueOrDefault(own.Key) != own.Value)
            .Select(own => $"{own.Key} {state!.Settings.GetValueOrDefault(own.Key, "none")} there, {own.Value} here").ToList();
        return others.Count == 0 ? state! : throw new InvalidDataException(
            $"'{Path.GetDirectoryName(file)}' holds unfinished work with other settings ({string.Join("; ", others)}): repeat its command, delete the folder, or give another --out.");
    }

    private string PathOf(string kind, int cache, int prompt) =>
        Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{kind}-{prompt}-{cache}.safetensors"));

    private void Write(string kind, int cache, int prompt, Tensor tensor)
    {
        Directory.CreateDirectory(Folder);
        SafetensorsWriter.Write(PathOf(kind, cache, prompt), new Dictionary<string, Tensor> { [kind] = tensor });
    }

    private Tensor? Read(string kind, int cache, int prompt)
    {
        var path = PathOf(kind, cache, prompt);
        if (!File.Exists(path))
            return null;
        using var file = SafetensorsFile.Open(path);
        return file.ReadTensor(kind);
    }

    private void Save()
    {
        Directory.CreateDirectory(Folder);
        WholeFile.WriteText(StateFile, JsonSerializer.Serialize(_state, s_json));
    }
}
