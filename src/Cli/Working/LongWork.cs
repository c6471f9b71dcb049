using Spectre.Console;

namespace Afterimage.Cli.Working;

/// <summary>
/// Shows on the error stream how far work is, what it does, and how long it takes and will take: as a bar while that is a terminal, and else in a
/// line now and then, without control characters.
/// </summary>
/// <param name="weight">What all pieces of the work weigh together.</param>
/// <param name="terminal">Where the bar goes; null where there is no terminal.</param>
/// <param name="time">What the time is taken from.</param>
internal sealed class LongWork(double weight, IAnsiConsole? terminal, TimeProvider time)
{
    // Short work is done before anybody asks.
    private static readonly TimeSpan s_beforeLines = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_betweenLines = TimeSpan.FromSeconds(10);

    private readonly WorkClock _clock = new(time);
    private double _done;
    private TimeSpan _nextLine = s_beforeLines;

    public LongWork(double weight = 1)
        : this(weight, Output.ErrorTerminal(), TimeProvider.System)
    {
    }

    /// <summary>Does one piece of work.</summary>
    /// <param name="title">What it is, for people.</param>
    /// <param name="work">Does it, and reports its progress.</param>
    public static T Run<T>(string title, Func<IProgress<WorkProgress>, T> work) => new LongWork().Do(title, 1, work);

    /// <summary>Does pieces of work in order.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="work">Does piece i, and reports its progress.</param>
    /// <param name="title">What piece i is, for people.</param>
    /// <param name="weight">How long piece i takes, beside others; by default all take as long.</param>
    public static void Run(int count, Action<int, IProgress<WorkProgress>> work, Func<int, string> title, Func<int, double>? weight = null)
    {
        weight ??= _ => 1;
        var all = new LongWork(Enumerable.Range(0, count).Sum(weight));
        for (var i = 0; i < count; i++)
        {
            all.Do(title(i), weight(i), progress =>
            {
                work(i, progress);
                return i;
            });
        }
    }

    /// <summary>Does a piece of the work.</summary>
    /// <param name="title">What it is, for people.</param>
    /// <param name="share">What it weighs.</param>
    /// <param name="work">Does it, and reports its progress.</param>
    public T Do<T>(string title, double share, Func<IProgress<WorkProgress>, T> work)
    {
        Report(new WorkProgress(0), share);
        var result = terminal is null ? InLines(title, share, work) : InABar(terminal, title, share, work);
        _done += share;
        return result;
    }

    private T InABar<T>(IAnsiConsole console, string title, double share, Func<IProgress<WorkProgress>, T> work) => console.Progress()
        .AutoClear(true)
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new TimeColumn(_clock))
        .Start(context =>
        {
            var bar = context.AddTask(Markup.Escape(title), maxValue: 1);
            bar.Value = _clock.Share;
            return work(new WorkReporter<WorkProgress>(progress =>
            {
                Report(progress, share);
                bar.Description = Markup.Escape(progress.After(title));
                bar.Value = _clock.Share;
            }));
        });

    private T InLines<T>(string title, double share, Func<IProgress<WorkProgress>, T> work)
    {
        WriteLine(title);
        return work(new WorkReporter<WorkProgress>(progress =>
        {
            Report(progress, share);
            WriteLine(progress.After(title));
        }));
    }

    private void Report(WorkProgress progress, double share) => _clock.Report((_done + share * progress.Share) / weight);

    private void WriteLine(string text)
    {
        if (Output.IsQuiet || _clock.Elapsed < _nextLine)
            return;
        _nextLine = _clock.Elapsed + s_betweenLines;
        Console.Error.WriteLine($"{text}, {_clock}");
    }
}
