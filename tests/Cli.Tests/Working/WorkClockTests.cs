using Afterimage.Cli.Working;

namespace Afterimage.Cli.Tests.Working;

[TestClass]
public sealed class WorkClockTests
{
    private readonly ManualTime _time = new();

    [TestMethod]
    public void Remaining_OfEvenWork_IsTheRestAtItsRate()
    {
        var clock = new WorkClock(_time);
        Assert.IsNull(clock.Remaining, "nothing is done");
        clock.Report(0);
        _time.Pass(30);
        clock.Report(0.25);
        Assert.AreEqual(TimeSpan.FromSeconds(90), clock.Remaining);
        // Time goes on between reports.
        _time.Pass(20);
        Assert.AreEqual(TimeSpan.FromSeconds(70), clock.Remaining);
        Assert.AreEqual("0:50 elapsed, 1:10 left", clock.ToString());
    }

    [TestMethod]
    public void Remaining_AfterWhatIsNoPartOfIt_DoesNotCountThat()
    {
        var clock = new WorkClock(_time);
        clock.Report(0);
        _time.Pass(3600); // the text
        clock.Report(0);
        _time.Pass(60);
        clock.Report(0.5);
        Assert.AreEqual(TimeSpan.FromSeconds(60), clock.Remaining);
        Assert.AreEqual("1:01:00 elapsed, 1:00 left", clock.ToString());
    }

    [TestMethod]
    public void Remaining_WhereAStepTakesLongerThanAllBefore_IsNotSaid()
    {
        var clock = new WorkClock(_time);
        _time.Pass(10);
        clock.Report(0.5);
        _time.Pass(11);
        Assert.IsNull(clock.Remaining);
        Assert.AreEqual("0:21 elapsed", clock.ToString());
        clock.Report(1);
        Assert.AreEqual(TimeSpan.Zero, clock.Remaining);
    }
}
