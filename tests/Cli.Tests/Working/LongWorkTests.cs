using Afterimage.Cli.Working;
using Spectre.Console;

namespace Afterimage.Cli.Tests.Working;

[TestClass]
public sealed class LongWorkTests
{
    private readonly ManualTime _time = new();

    [TestMethod]
    public void Do_WithoutATerminal_WritesALineNowAndThen()
    {
        var lines = Lines(() => Count(new LongWork(weight: 2, terminal: null, _time), secondsAStep: 4));
        CollectionAssert.AreEqual(
            new[]
            {
                "film 1: denoising 1/4, 0:04 elapsed, 0:28 left",
                "film 1: denoising 4/4, 0:16 elapsed, 0:16 left",
                "film 2: denoising 3/4, 0:28 elapsed, 0:04 left",
            },
            lines);
    }

    [TestMethod]
    public void Do_ShortWorkWithoutATerminal_WritesNothing() =>
        Assert.IsEmpty(Lines(() => Count(new LongWork(weight: 2, terminal: null, _time), secondsAStep: 0.1)));

    [TestMethod]
    public void Do_InATerminal_ShowsStageStepAndTimes()
    {
        using var written = new StringWriter();
        using var screen = TextWriter.Synchronized(written);
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(screen) });
        terminal.Profile.Width = 120;
        var work = new LongWork(weight: 1, terminal, _time);
        var value = work.Do("a [film]", 1, progress =>
        {
            progress.Report(new WorkProgress(0, "denoising", 0, 50));
            _time.Pass(60);
            progress.Report(new WorkProgress(0.4, "denoising", 20, 50));
            // It is drawn by a thread of its own.
            Assert.IsTrue(SpinWait.SpinUntil(() => Text(screen, written).Contains("1:30 left", StringComparison.Ordinal), TimeSpan.FromMinutes(1)));
            return 7;
        });
        Assert.AreEqual(7, value);
        var text = Text(screen, written);
        foreach (var part in new[] { "a [film]: denoising 20/50", "40%", "1:00 elapsed, 1:30 left" })
            Assert.Contains(part, text);
    }

    [TestMethod]
    public void Run_PiecesOfDifferentWeight_EstimateByWeight()
    {
        string[] lines = Lines(() =>
        {
            var work = new LongWork(weight: 12, terminal: null, _time);
            work.Do("warm-up", 2, progress => Step(progress, 6));
            work.Do("round 1", 10, progress => Step(progress, 30));
        });
        CollectionAssert.AreEqual(new[] { "warm-up, 0:06 elapsed, 0:30 left", "round 1, 0:36 elapsed, 0:00 left" }, lines);

        int Step(IProgress<WorkProgress> progress, double seconds)
        {
            _time.Pass(seconds);
            progress.Report(new WorkProgress(1));
            return 0;
        }
    }

    [TestMethod]
    public void Do_WorkThatThrows_ThrowsThat()
    {
        var work = new LongWork(weight: 1, terminal: null, _time);
        Assert.ThrowsExactly<OperationCanceledException>(() => work.Do<int>("film", 1, _ => throw new OperationCanceledException()));
    }

    private static string Text(TextWriter screen, StringWriter written)
    {
        // What is synchronized is locked on itself.
        lock (screen)
            return System.Text.RegularExpressions.Regex.Replace(written.ToString(), @"\x1b\[[0-9;?]*[a-zA-Z]", "");
    }

    private void Count(LongWork work, double secondsAStep)
    {
        foreach (var film in new[] { "film 1", "film 2" })
        {
            work.Do(film, 1, progress =>
            {
                for (var step = 0; step <= 4; step++)
                {
                    if (step > 0)
                        _time.Pass(secondsAStep);
                    progress.Report(new WorkProgress(step / 4.0, "denoising", step, 4));
                }
                return 0;
            });
        }
    }

    private static string[] Lines(Action work)
    {
        var before = Console.Error;
        using var written = new StringWriter();
        Console.SetError(written);
        try
        {
            work();
        }
        finally
        {
            Console.SetError(before);
        }
        Assert.DoesNotContain("\u001b", written.ToString());
        Assert.DoesNotContain("\r", written.ToString().Replace(Environment.NewLine, "\n", StringComparison.Ordinal));
        return written.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }
}
