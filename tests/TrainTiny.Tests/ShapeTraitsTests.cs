using Afterimage;
using Afterimage.Video.MovingShapes;
using TorchSharp;
using TrainTiny.Scenes;
using static TorchSharp.torch;

namespace TrainTiny.Tests;

[TestClass]
public sealed class ShapeTraitsTests
{
    [TestMethod]
    [DataRow(0.0, 0.0, 1.0)]
    [DataRow(0.8, 0.02, 0.99)] // as blurred and noisy as a small model's films
    public void InFilm_OfEveryKindOfScene_ReadsItsTraits(double blur, double noise, double leastShare)
    {
        using var generator = new Generator(6, CPU);
        var wrong = new List<string>();
        var count = 0;
        foreach (var scene in Scenes(new Random(5)))
        {
            using var scope = NewDisposeScope();
            var film = Blurred(SceneRenderer.Render(scene), blur);
            film = film.Plus(randn(film.shape, generator: generator).Times(noise)).Clamped(0, 1);
            count++;
            if (ShapeTraits.InFilm(film) is var shown && shown != TraitsOf(scene))
                wrong.Add($"{scene}: {shown}");
        }

        Assert.IsGreaterThanOrEqualTo(
            leastShare, 1 - (double)wrong.Count / count, $"{wrong.Count} of {count}: {string.Join(Environment.NewLine, wrong.Take(5))}");
    }

    [TestMethod]
    public void InPrompt_OfEveryCaption_ReadsItsScene()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var scene = Scene.Sample(random);
            var caption = SceneCaption.Of(scene, random);

            Assert.AreEqual(TraitsOf(scene), ShapeTraits.InPrompt(caption), caption);
        }
    }

    [TestMethod]
    [DataRow("An otter floats on its back", null, null, null)]
    [DataRow("BLUE, reddish", ShapeColor.Blue, null, null)]
    [DataRow("a square left of a circle", null, ShapeKind.Square, ShapeDirection.Left)]
    [DataRow("", null, null, null)]
    public void InPrompt_OfOtherPrompts_TakesWholeWordsAndTheFirst(string prompt, ShapeColor? color, ShapeKind? kind, ShapeDirection? direction) =>
        Assert.AreEqual(new ShapeTraits(color, kind, direction), ShapeTraits.InPrompt(prompt));

    [TestMethod]
    public void InFilm_WithoutShapes_ReadsNothing()
    {
        using var film = TensorArithmetic.Full([17, 3, 64, 64], 0.1f);
        Assert.AreEqual(default, ShapeTraits.InFilm(film));
    }

    [TestMethod]
    public void InFilm_ThatStandsStill_HasNoDirection()
    {
        using var film = SceneRenderer.Render(Scene.Sample(new Random(1)));
        using var still = film[..1].expand(17, -1, -1, -1);
        var shown = ShapeTraits.InFilm(still);

        Assert.IsNull(shown.Direction);
        Assert.IsNotNull(shown.Color);
    }

    [TestMethod]
    public void InFilm_OfWhatIsNoFilm_SaysWhatCame()
    {
        using var frames = zeros(1, 4, 8, 8);
        var error = Assert.ThrowsExactly<ArgumentException>(() => ShapeTraits.InFilm(frames));
        Assert.Contains("[1, 4, 8, 8]", error.Message);
    }

    [TestMethod]
    public void Compare_OfAskedAndShown_TellsRightFromWrongAndUnasked()
    {
        var shown = new ShapeTraits(ShapeColor.Red, ShapeKind.Circle, null);

        Assert.AreEqual(new TraitAgreement(true, false, null), ShapeTraits.Compare(new(ShapeColor.Red, ShapeKind.Square, null), shown));
        Assert.IsFalse(ShapeTraits.Compare(new(ShapeColor.Red, ShapeKind.Circle, ShapeDirection.Up), shown).All);
        Assert.IsTrue(ShapeTraits.Compare(new(null, ShapeKind.Circle, null), shown).All);
        Assert.IsNull(ShapeTraits.Compare(default, shown).All);
    }

    /// <summary>Every colour, kind, direction, number, size and speed, on both grounds in turn, at random places.</summary>
    private static IEnumerable<Scene> Scenes(Random random) =>
        from color in Enum.GetValues<ShapeColor>()
        from kind in Enum.GetValues<ShapeKind>()
        from direction in Enum.GetValues<ShapeDirection>()
        from count in (int[])[1, 2]
        from size in Enum.GetValues<ShapeSize>()
        from speed in Enum.GetValues<ShapeSpeed>()
        select new Scene(color, kind, direction, count, size, speed, random.Next(2) == 0, (random.NextDouble(), random.NextDouble()));

    private static ShapeTraits TraitsOf(Scene scene) => new(scene.Color, scene.Kind, scene.Direction);

    private static Tensor Blurred(Tensor film, double sigma)
    {
        if (sigma == 0)
            return film;
        var weights = (-TensorArithmetic.Range(-3, 4, 1, ScalarType.Float32).Squared()).Over(2 * sigma * sigma).exp();
        var kernel = (weights / weights.sum()).reshape(1, 1, 1, 7).expand(3, 1, 1, 7);
        var padded = nn.functional.pad(film, (3, 3, 3, 3), PaddingModes.Replicate);
        var rows = nn.functional.conv2d(padded, kernel, groups: 3);
        return nn.functional.conv2d(rows, kernel.transpose(2, 3), groups: 3);
    }
}
