namespace Afterimage.Tuning.Tests;

[TestClass]
public class DraftSearchTests
{
    /// <summary>A search that changes two steps at a time may end beside the best, by so many decibels.</summary>
    private const double Beside = 0.5;

    [TestMethod]
    [DataRow(false, 1.3)]
    [DataRow(false, 2.0)]
    [DataRow(false, 3.0)]
    [DataRow(true, 1.3)]
    [DataRow(true, 2.0)]
    [DataRow(true, 3.0)]
    public void Find_KeepsTheTime_AndIsAsNearAsAnyDraftAtRandom(bool keepsGuidance, double speedup)
    {
        var calibration = MadeUp.Calibration();
        var errors = new ErrorModel(calibration);
        var seconds = calibration.Costs.Of(PlanDraft.Full(12)) / speedup;
        var draft = new DraftSearch(calibration, SiteKind.BlockStack, keepsGuidance).Find(seconds, CancellationToken.None)!;
        Assert.IsLessThanOrEqualTo(seconds, calibration.Costs.Of(draft));
        var choices = Searched.Choices(Searched.KindsOf(MadeUp.Sites, GuidanceLayout.Batched), SiteKind.BlockStack, keepsGuidance);
        var random = new Random(7);
        for (var sample = 0; sample < 3000; sample++)
        {
            var other = new PlanDraft([.. Enumerable.Range(0, 12).Select(step => step < 2 || random.Next(3) == 0 ? SkippedKinds.None : choices[random.Next(choices.Length)])]);
            if (other.KeepsGuidance == keepsGuidance && calibration.Costs.Of(other) <= seconds)
                Assert.IsGreaterThanOrEqualTo(errors.MeanPsnr(other) - Beside, errors.MeanPsnr(draft), $"{other}");
        }
    }

    /// <summary>Of few steps all drafts can be looked at.</summary>
    [TestMethod]
    [DataRow(1.4)]
    [DataRow(1.8)]
    [DataRow(2.4)]
    public void Find_OfFewSteps_IsNearTheBestThereIs(double speedup)
    {
        var calibration = MadeUp.Calibration(steps: 8, GuidanceLayout.None);
        var errors = new ErrorModel(calibration);
        var seconds = calibration.Costs.Of(PlanDraft.Full(8)) / speedup;
        var choices = Searched.Choices(Searched.KindsOf(MadeUp.Sites, GuidanceLayout.None), SiteKind.BlockStack, keepsGuidance: false);
        var best = double.NegativeInfinity;
        for (var number = 0; number < Math.Pow(choices.Length, 6); number++)
        {
            var draft = new PlanDraft([SkippedKinds.None, SkippedKinds.None, .. Enumerable.Range(0, 6).Select(step => choices[number / (int)Math.Pow(choices.Length, step) % choices.Length])]);
            if (calibration.Costs.Of(draft) <= seconds)
                best = Math.Max(best, errors.MeanPsnr(draft));
        }
        var found = new DraftSearch(calibration, SiteKind.BlockStack, keepsGuidance: false).Find(seconds, CancellationToken.None)!;
        Assert.IsGreaterThanOrEqualTo(best - Beside, errors.MeanPsnr(found));
    }

    [TestMethod]
    public void Find_FasterThanAnything_IsNull() => Assert.IsNull(new DraftSearch(MadeUp.Calibration(), SiteKind.BlockStack, keepsGuidance: false).Find(0.6, CancellationToken.None));

    [TestMethod]
    public void Find_WhenCancelled_Ends()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => new DraftSearch(MadeUp.Calibration(), SiteKind.BlockStack, keepsGuidance: false).Find(8, cancelled.Token));
    }

    [TestMethod]
    public void EdgeError_GrowsWithTheGap()
    {
        var errors = new ErrorModel(MadeUp.Calibration());
        Assert.IsLessThan(errors.EdgeError(SiteKind.BlockStack, 2, 6), errors.EdgeError(SiteKind.BlockStack, 2, 4));
        Assert.IsLessThan(errors.EdgeError(SiteKind.BlockStack, 2, 9), errors.EdgeError(SiteKind.BlockStack, 2, 6));
    }
}
