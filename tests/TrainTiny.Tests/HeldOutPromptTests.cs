using Afterimage.Video.MovingShapes;
using TrainTiny.Scenes;

namespace TrainTiny.Tests;

[TestClass]
public sealed class HeldOutPromptTests
{
    [TestMethod]
    public void Prompts_OfQuality_AreEveryCombinationThatTrainingLeavesOut()
    {
        var prompts = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "held-out-prompts.txt"));
        var traits = prompts.Select(ShapeTraits.InPrompt).ToArray();

        Assert.HasCount(24, traits.Distinct());
        foreach (var (color, kind, direction) in traits)
            Assert.IsTrue(Scene.IsHeldOut(color!.Value, kind!.Value, direction!.Value), $"{color} {kind} {direction}");
        var words = prompts.SelectMany(prompt => prompt.Split(' ')).Except(SceneCaption.Vocabulary);
        Assert.IsEmpty(words, string.Join(", ", words));
    }

    [TestMethod]
    public void Sample_ManyTimes_LeavesHeldOutScenesOutAndNothingElse()
    {
        var random = new Random(3);
        var seen = Enumerable.Range(0, 3000).Select(_ => Scene.Sample(random)).Select(scene => (scene.Color, scene.Kind, scene.Direction)).ToHashSet();

        Assert.HasCount(48, seen);
        Assert.IsFalse(seen.Any(each => Scene.IsHeldOut(each.Color, each.Kind, each.Direction)));
    }
}
