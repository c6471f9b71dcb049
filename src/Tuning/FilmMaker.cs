using System.Diagnostics;
using Afterimage.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Tuning;

/// <summary>Generates films with one cache after another, and takes the time of each step.</summary>
/// <param name="pipeline">Has no cache enabled between two films.</param>
/// <param name="progress">Told of every film and step.</param>
/// <param name="cancellationToken">Looked at before every step.</param>
internal sealed class FilmMaker(DiffusionPipeline pipeline, IProgress<TuningProgress>? progress, CancellationToken cancellationToken)
{
    /// <summary>What generates.</summary>
    public DiffusionPipeline Pipeline => pipeline;

    /// <summary>Its only transformer.</summary>
    /// <exception cref="NotSupportedException">It has several.</exception>
    public ICacheableModel Model => pipeline.CacheableModels is [var only] ? only : throw new NotSupportedException(
        $"{pipeline.GetType().Name} has {pipeline.CacheableModels.Count} transformers that make a run in turn, and a plan is of one: give a cache by its config.");

    /// <summary>What a plan for generations of these sizes is made for.</summary>
    public PlanSubject SubjectOf(GenerationRequest request) =>
        new(ModelDigest.Of((nn.Module)Model), pipeline.Scheduler.GetType().Name, request.Height, request.Width, request.Frames);

    /// <summary>How many films are done.</summary>
    public int Done { get; private set; }

    /// <summary>How many there will be.</summary>
    public int Films { get; set; }

    /// <summary>Counts a film that was made by an earlier call.</summary>
    public void Skip() => Done++;

    /// <summary>Makes one.</summary>
    /// <param name="what">What it is for, for people.</param>
    /// <param name="prompt">What it shows.</param>
    /// <param name="options">How.</param>
    /// <param name="cache">What is reused; <see langword="null"/> for nothing.</param>
    /// <param name="atStepEnd">Called after each step.</param>
    public MadeFilm Make(string what, string prompt, GenerationOptions options, CacheConfig? cache, Action? atStepEnd = null)
    {
        if (cache is not null)
            Model.EnableCache(cache);
        try
        {
            var ends = new List<long>();
            var history = 0L;
            var began = Stopwatch.GetTimestamp();
            var frames = pipeline.Generate(prompt, options with { OnStepEnd = AtStepEnd }, new Steps(this, what, () => ends.Add(Stopwatch.GetTimestamp())), cancellationToken);
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            Done++;
            return new MadeFilm(frames, seconds, history, [.. ends.Zip(ends.Skip(1), (from, to) => Stopwatch.GetElapsedTime(from, to).TotalSeconds)]);

            void AtStepEnd(int index, double timestep, Tensor latents)
            {
                atStepEnd?.Invoke();
                history = Math.Max(history, Model.CurrentRun?.HistoryBytes ?? 0);
                options.OnStepEnd?.Invoke(index, timestep, latents);
                // A device computes after the host has asked: its time is over when a number of the result is there.
                if (latents.device_type != DeviceType.CPU)
                    latents.flatten().narrow(0, 0, 1).to(ScalarType.Float32).Number<float>();
                ends.Add(Stopwatch.GetTimestamp());
            }
        }
        finally
        {
            if (cache is not null)
                Model.DisableCache();
        }
    }

    /// <summary>Hears where a generation is: when denoising begins the first step does.</summary>
    private sealed class Steps(FilmMaker maker, string what, Action began) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value)
        {
            if (value.Stage != GenerationStage.Denoising)
                return;
            if (value.Step == 0)
                began();
            maker.Report(what, value.Step, value.Steps);
        }
    }

    private void Report(string what, int step, int steps) => progress?.Report(new TuningProgress(what, Done, Films, step, steps));
}
