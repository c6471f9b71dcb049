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
                results.Add(work(i, new Reporter<double>(value => bar.Value = done + value)));
                bar.Value = i + 1;
            }
            return results;
        });
    }

    /// <summary>Does one piece of work that reports its progress from 0 to 1.</summary>
    public static T Run<T>(string title, Func<IProgress<double>, T> work) => Run(title, 1, (_, progress) => work(progress), _ => title)[0];

    /// <summary>Progress of another kind, as a share of the work.</summary>
    public static IProgress<TFrom> Select<TFrom>(this IProgress<double> progress, Func<TFrom, double> share) =>
        new Reporter<TFrom>(value => progress.Report(share(value)));

    /// <summary>Reports on the caller's thread; <see cref="Progress{T}"/> would post to another and arrive late.</summary>
    private sealed class Reporter<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
