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
    public void ErrorModel_OfOneSkip_IsItsErrorTimesItsSensitivity()
    {
        var calibration = MadeUp.Calibration();
        var stack = calibration.Region(new(SiteKind.BlockStack))!;
        var fit = calibration.Fit(stack.Name)!;
        var difference = new double[12];
        var weights = FittedWeights.Of(fit, 7, [6, 5]);
        (difference[7], difference[6], difference[5]) = (stack.Sensitivity[7], -stack.Sensitivity[7] * weights[0], -stack.Sensitivity[7] * weights[1]);
        var errors = new ErrorModel(calibration).SquaredErrors(PlanDraft.Of(12, SiteKind.BlockStack, Enumerable.Range(0, 12).Where(step => step != 7)));
        for (var prompt = 0; prompt < errors.Length; prompt++)
            Assert.AreEqual(stack.Prompts[prompt].Products.MeanSquare(difference), errors[prompt], 1e-12);
        Assert.AreEqual(100, new ErrorModel(calibration).MeanPsnr(PlanDraft.Full(12)));
    }

    /// <summary>What a stack keeps of a step that reused attention is off, and so is what later steps make of it.</summary>
    [TestMethod]
    public void ErrorModel_OfAttentionReusedWhereAStackIsKept_CountsItAtEveryStepThatReadsIt()
    {
        var calibration = MadeUp.Calibration();
        var attention = calibration.Region(new(SiteKind.SpatialAttention))!;
        PlanDraft stacks = PlanDraft.Of(12, SiteKind.BlockStack, [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11]), both = new(stacks.Steps.SetItem(5, SkippedKinds.Of(SiteKind.SpatialAttention)));
        var model = new ErrorModel(calibration);
        var weight = FittedWeights.Of(calibration.Fit(new(SiteKind.BlockStack))!, 6, [5, 4])[0];
        var factor = attention.Sensitivity[5] + attention.Sensitivity[6] * weight;
        var difference = new double[12];
        (difference[5], difference[4]) = (factor, -factor);
        foreach (var (prompt, (alone, together)) in model.SquaredErrors(stacks).Zip(model.SquaredErrors(both)).Index())
            Assert.AreEqual(alone + attention.Prompts[prompt].Products.MeanSquare(difference), together, 1e-12);
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
