using Spectre.Console;

namespace Afterimage.Cli;

/// <summary>Shows a progress bar on the error stream while work is done, where that is a terminal.</summary>
internal static class LongWork
{
    /// <summary>Runs <paramref name="count"/> pieces of work in order.</summary>
    /// <param name="title">What the bar says before the first.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="work">Does piece i and reports its progress from 0 to 1.</param>
    /// <param name="name">What the bar says during piece i.</param>
    public static IReadOnlyList<T> Run<T>(string title, int count, Func<int, IProgress<double>, T> work, Func<int, string> name)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress().AutoClear(true).Start(context =>
        {
            var bar = context.AddTask(Markup.Escape(title), maxValue: count);
            var results = new List<T>(count);
            for (var i = 0; i < count; i++)
            {
                bar.Description = Markup.Escape(name(i));
                var done = i;
                results.Add(work(i, new Reporter(value => bar.Value = done + value)));
                bar.Value = i + 1;
            }
            return results;
        });
    }

    /// <summary>Reports on the caller's thread; <see cref="Progress{T}"/> would post to another and arrive late.</summary>
    private sealed class Reporter(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
