namespace Afterimage.Tuning.Tests;

[TestClass]
public class DraftPlannerTests
{
    /// <summary>What a draft says it reads is what its plan reads, and every plan can be run.</summary>
    [TestMethod]
    [DataRow(GuidanceLayout.None, false)]
    [DataRow(GuidanceLayout.Batched, false)]
    [DataRow(GuidanceLayout.Batched, true)]
    public void Plan_OfRandomDrafts_DoesWhatTheDraftSays(GuidanceLayout layout, bool keepsGuidance)
    {
        var calibration = MadeUp.Calibration(layout: layout);
        var planner = new DraftPlanner(calibration, MadeUp.Sites);
        var choices = Searched.Choices(Searched.KindsOf(MadeUp.Sites, layout), SiteKind.BlockStack, keepsGuidance);
        var random = new Random(6);
        for (var sample = 0; sample < 200; sample++)
        {
            var draft = new PlanDraft([.. Enumerable.Range(0, 12).Select(step => step == 0 ? SkippedKinds.None : choices[random.Next(choices.Length)])]);
            if (draft.Kinds == SkippedKinds.None || draft.KeepsGuidance != keepsGuidance)
                continue;
            var plan = planner.Plan(draft, "sample");
            Assert.AreEqual(plan, CachePlan.FromJson(plan.ToJson()), $"{draft}");
            Assert.AreEqual(calibration.Subject, plan.Subject);
            foreach (var kind in draft.Kinds.Kinds)
            {
                var site = Enumerable.Range(0, plan.Sites.Length).First(site => plan.Sites[site].Kind == kind);
                var reads = draft.Reads(kind).ToDictionary(read => read.Step);
                for (var step = 0; step < 12; step++)
                    Assert.AreEqual(reads.ContainsKey(step), plan.Rows[step].Cells[site].Depth > 0, $"{draft}: {kind} at step {step}");
                foreach (var read in reads.Values)
                {
                    Assert.AreEqual(read.Kept[0], Enumerable.Range(0, read.Step).Last(step => plan.Rows[step].Cells[site].IsComputed), $"{draft}: {kind} at step {read.Step}");
                    if (KindOrder.DepthOf(kind) > 1)
                        Assert.HasCount(read.Kept.Length, plan.Rows[read.Step].Cells[site].Coefficients);
                }
            }
        }
    }

    [TestMethod]
    public void Plan_OfADraftThatSkipsNothing_IsRefused() =>
        Assert.ThrowsExactly<ArgumentException>(() => new DraftPlanner(MadeUp.Calibration(), MadeUp.Sites).Plan(PlanDraft.Full(12), "nothing"));

    [TestMethod]
    public void SkippedKinds_AreReadAsTheyAreWritten()
    {
        foreach (var kinds in (SkippedKinds[])[SkippedKinds.None, SkippedKinds.Of(SiteKind.BlockStack), SkippedKinds.Of(SiteKind.Guidance, SiteKind.CrossAttention)])
            Assert.AreEqual(kinds, SkippedKinds.Parse($"{kinds}"));
        Assert.AreEqual("BlockStack+Guidance", $"{SkippedKinds.Of(SiteKind.Guidance, SiteKind.BlockStack)}");
        Assert.ThrowsExactly<FormatException>(() => SkippedKinds.Parse("Stack"));
    }
}
