using System.Globalization;
using Afterimage.Cli.Working;
using Afterimage.Models;
using Afterimage.Video;

namespace Afterimage.Cli.Generate;

/// <summary>The files that a request is to write.</summary>
internal sealed class ResultFiles
{
    private readonly GenerateRequest _request;
    private readonly GenerationRequest _sizes;
    private readonly ResultNames? _names;
    private readonly bool _arePictures;
    private readonly List<string> _notes = [];

    /// <param name="request">What is asked for.</param>
    /// <param name="sizes">The sizes of one generation.</param>
    public ResultFiles(GenerateRequest request, GenerationRequest sizes)
    {
        (_request, _sizes) = (request, sizes);
        _arePictures = sizes is { Frames: 1, LeastFrames: 1 };
        _names = request.Output.Target is { } target
            ? new ResultNames(target, request.AreOfAFile, FilesPerPrompt, _arePictures)
            : null;
    }

    /// <summary>What there is to know of what was written.</summary>
    public IReadOnlyList<string> Notes => _notes;

    private int FilesPerPrompt => _request.Output.AsGrid ? 1 : _request.Options.PerPrompt;

    /// <summary>A name for what all results of a prompt share, or null where each takes one that is free.</summary>
    public string? OfPrompt(int prompt) => _names?.OfPrompt(prompt);

    /// <summary>Refuses what cannot be written, before any work.</summary>
    public void Check()
    {
        var output = _request.Output;
        var (rows, columns) = output.AsGrid ? FilmGrid.Form(_request.Options.PerPrompt) : (1, _request.Compare ? 2 : 1);
        var (width, height) = ((double)columns * output.Scale * _sizes.Width, (double)rows * output.Scale * _sizes.Height);
        MemoryEstimate.Require(
            $"--scale {output.Scale}{(output.AsGrid ? $", --num-images {_request.Options.PerPrompt}" : "")}", 3 * width * height * _sizes.LeastFrames, "the film that is written", "ask for a smaller one");
        var target = output.Target ?? FilmName.Of(_request.Prompts[0], _arePictures);
        Film.CheckForm(target, _arePictures, (long)width, (long)height);
        var files = (double)_request.Prompts.Count * FilesPerPrompt;
        DiskEstimate.Require(
            string.Create(CultureInfo.InvariantCulture, $"{(files == 1 ? "A film" : $"{files} films")} of {_sizes.LeastFrames} frames of {width} × {height}"),
            files * Film.LeastBytes(target, _sizes.LeastFrames, (long)width, (long)height),
            Path.GetDirectoryName(Path.GetFullPath(target))!);
        foreach (var name in _names is null ? [] : NamesToCheck(_names).Where(name => name != target))
            WholeFile.CheckTarget(name);
    }

    /// <summary>Writes the results of a prompt, one after the other or in a grid.</summary>
    /// <param name="prompt">Which prompt.</param>
    /// <param name="films">The results, each made when it is its turn.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    /// <returns>The first file.</returns>
    public string Write(int prompt, IEnumerable<Film> films, CancellationToken cancellationToken)
    {
        if (_request.Output.AsGrid)
            films = [FilmGrid.Compose([.. films])];
        return films.Select((film, file) => Write(prompt, file, film.Enlarged(_request.Output.Scale), cancellationToken)).ToList()[0];
    }

    /// <summary>The last has the longest number, and the others differ from it in no more than numbers; what is there already may be a folder.</summary>
    private IEnumerable<string> NamesToCheck(ResultNames names)
    {
        var all = Enumerable.Range(0, _request.Prompts.Count).SelectMany(prompt => Enumerable.Range(0, FilesPerPrompt).Select(file => names.Of(prompt, file)));
        return all.Where(Path.Exists).Append(names.Of(_request.Prompts.Count - 1, FilesPerPrompt - 1)).Distinct();
    }

    private string Write(int prompt, int file, Film film, CancellationToken cancellationToken)
    {
        var path = LongWork.Run("writing", progress =>
        {
            if (_names is null)
                return FreshFile.Write(FilmName.Of(_request.Prompts[prompt], film.FrameCount == 1), Write, FilmName.OfPlan);
            var name = _names.Of(prompt, file);
            Write(name);
            return name;

            void Write(string target) =>
                film.Save(target, progress.Select((int frame) => new WorkProgress((double)frame / film.FrameCount, "frame", frame, film.FrameCount)), cancellationToken);
        });
        var isFilm = Path.GetExtension(path) != ".png";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"wrote {path}: {(film.FrameCount == 1 ? "a picture" : $"{film.FrameCount} frames")} of {film.Width} × {film.Height}{(isFilm && film.FrameCount > 1 ? $" at {film.FramesPerSecond} a second" : "")}"));
        if (!isFilm && _request.Output.FramesPerSecond is { } rate)
            _notes.Add(string.Create(CultureInfo.InvariantCulture, $"pictures have no rate; --fps {rate} is written nowhere"));
        if (_request.Options is VideoGenerationOptions { NumFrames: { } frames } && frames != film.FrameCount)
            _notes.Add($"{frames} frames were asked for; the autoencoder makes several at once, and one more than a multiple of 8 comes out as asked");
        return path;
    }
}
