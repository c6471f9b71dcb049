namespace Afterimage.Tuning.Tests;

[TestClass]
public class PredictionTests
{
    [TestMethod]
    public void PredictorErrors_OfALine_AreNoneForALine()
    {
        // value(t) = a + t · b
        double[][] values = [.. Enumerable.Range(0, 12).Select(step => new[] { 1 + 0.1 * step, 2 - 0.05 * step, 0.3 * step })];
        var region = new CalibratedRegion(new(SiteKind.BlockStack), [new(StepProductsTests.ProductsOf(values), new double[12], new double[12])], new double[12]);
        var errors = PredictorErrors.Of(MadeUp.Calibration() with { Prompts = 1, Regions = [region] }, new(SiteKind.BlockStack));
        Assert.HasCount(8, errors.Last);
        Assert.HasCount(5, errors.Line);
        Assert.HasCount(3, errors.Taylor);
        for (var gap = 1; gap <= 5; gap++)
        {
            Assert.AreEqual(0, errors.Line[gap - 1], 1e-6);
            Assert.IsGreaterThan(errors.Fitted[gap - 1], errors.Last[gap - 1]);
        }
        Assert.AreEqual(0, errors.Taylor[0], 1e-6);
        Assert.IsGreaterThan(errors.Last[0], errors.Last[4]);
        Assert.ThrowsExactly<ArgumentException>(() => PredictorErrors.Of(MadeUp.Calibration(), new(SiteKind.CrossAttention)));
    }

    [TestMethod]
    public void ErrorModel_OfMoreFeedback_IsWorseWhereMoreIsMadeOfErrors()
    {
        var draft = PlanDraft.Of(12, SiteKind.BlockStack, [0, 1, 2, 5, 8]);
        var (none, some) = (new ErrorModel(MadeUp.Calibration()), new ErrorModel(MadeUp.Calibration() with { Feedback = 0.3 }));
        Assert.IsLessThan(none.MeanPsnr(draft), some.MeanPsnr(draft));
        Assert.IsLessThanOrEqualTo(none.MeanPsnr(draft), none.WorstPsnr(draft));
        // Where nothing that is off is read, there is nothing to feed back.
        var once = PlanDraft.Of(12, SiteKind.BlockStack, Enumerable.Range(0, 11));
        Assert.AreEqual(none.MeanPsnr(once), some.MeanPsnr(once), 1e-9);
        Assert.AreEqual(100, none.MeanPsnr(PlanDraft.Full(12)));
    }

    [TestMethod]
    public void Spearman_OfRanks_IsThePublishedCoefficient()
    {
        // The example of the coefficient's page in Wikipedia: IQ and hours of television, ρ = −29/165.
        double[] iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110], hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
        Assert.AreEqual(-29.0 / 165, new PlanRanking([.. iq.Zip(hours, (x, y) => new RankedPlan("", x, y))]).Spearman, 1e-12);
        Assert.AreEqual(1, new PlanRanking([new("", 1, 10), new("", 2, 20), new("", 2, 20), new("", 3, 30)]).Spearman, 1e-12);
    }

    [TestMethod]
    [DataRow(0.0, 5.0)]
    [DataRow(2.0, 5.0)]
    [DataRow(3.0, 6.0)]
    [DataRow(6.0, 8.0)]
    [DataRow(9.0, 8.0)]
    public void Interpolation_GoesThroughItsKnots(double place, double value) => Assert.AreEqual(value, Interpolation.At([(2, 5), (4, 7), (6, 8)], place), 1e-12);
}
