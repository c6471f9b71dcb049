using System.Text.Json;
using Afterimage.Cli;
using Afterimage.Cli.Bench;
using Afterimage.Cli.Verify;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Device.Measuring;

/// <summary>
/// Does a step for every line of the input and answers with a line, so that another program can do one in between, on a machine whose speed changes
/// from second to second. <c>diffusers_bench.py turns</c> answers likewise, and <c>compare.py</c> asks both.
/// </summary>
internal static class TurnMeasurement
{
    /// <summary>Enough for every kind of step to come once.</summary>
    private const int WarmUpSteps = 6;

    /// <summary>Runs one cache over and over until the input ends.</summary>
    public static void Run(Subject subject, CacheChoice cache, int steps, TextReader input, TextWriter output)
    {
        cache = cache.For(subject);
        new DenoisingRun(subject, cache, Math.Min(WarmUpSteps, steps)).Denoise(new Progress<double>(), CancellationToken.None).Dispose();
        Answer(new Start($".NET {Environment.Version}, TorchSharp {typeof(torch).Assembly.GetName().Version}", get_num_threads()));
        while (input.ReadLine() is not null)
        {
            var run = new DenoisingRun(subject, cache, steps);
            run.Denoise(new AfterEachStep(() => EndStep(run)), CancellationToken.None).Dispose();
        }

        void EndStep(DenoisingRun run)
        {
            var (kind, seconds) = run.Steps[^1];
            Answer(new Step(kind, seconds, PeakMemory.Read()));
            if (run.Steps.Count < steps && input.ReadLine() is null)
            {
                throw new EndOfStreamException(
                    $"The input ended after step {run.Steps.Count} of {steps}: a run that is begun has to be asked for all its steps.");
            }
        }

        void Answer<T>(T line)
        {
            output.WriteLine(JsonSerializer.Serialize(line, s_line));
            output.Flush();
        }
    }

    private static readonly JsonSerializerOptions s_line = new(VerifyReport.JsonOptions) { WriteIndented = false };

    private sealed record Start(string Software, int Threads);

    /// <param name="Kind">What the step left out.</param>
    /// <param name="Seconds">What it took.</param>
    /// <param name="Peak">The most bytes that this process has had in memory.</param>
    private sealed record Step(string Kind, double Seconds, long Peak);

    /// <summary>Unlike <see cref="Progress{T}"/>, in the thread that reports, which goes on when it is done.</summary>
    private sealed class AfterEachStep(Action act) : IProgress<double>
    {
        public void Report(double value) => act();
    }
}
