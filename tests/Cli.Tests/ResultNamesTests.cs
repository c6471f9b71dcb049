using Afterimage.Cli.Generate;

namespace Afterimage.Cli.Tests;

[TestClass]
public sealed class ResultNamesTests
{
    [TestMethod]
    [DataRow("film.webp", false, 1, false, "film.webp")]
    [DataRow("film.webp", false, 2, false, "film-0.webp", "film-1.webp")]
    [DataRow("out/cat.png", false, 2, true, "out/cat-0.png", "out/cat-1.png")]
    [DataRow("film.mp4", true, 1, false, "film-0.mp4", "film-1.mp4", "film-2.mp4")]
    [DataRow("film.mp4", true, 2, false, "film-0-0.mp4", "film-0-1.mp4", "film-1-0.mp4")]
    [DataRow("out/%04d.png", false, 1, false, "out/%04d.png")]
    [DataRow("out/%04d.png", false, 2, false, "out/0-%04d.png", "out/1-%04d.png")]
    [DataRow("out/f-%d.png", true, 2, false, "out/f-0-0-%d.png", "out/f-0-1-%d.png", "out/f-1-0-%d.png")]
    [DataRow("out/%03d.png", false, 1, true, "out/000.png")]
    [DataRow("out/%03d.png", true, 2, true, "out/000.png", "out/001.png", "out/002.png", "out/003.png")]
    [DataRow("%d.webp", false, 2, false, "%d-0.webp", "%d-1.webp")]
    [DataRow("a.b.gif", false, 2, false, "a.b-0.gif", "a.b-1.gif")]
    public void Of_ResultsInTheirOrder_AreNumbered(string target, bool numbersPrompts, int filesPerPrompt, bool arePictures, params string[] names)
    {
        var all = new ResultNames(target, numbersPrompts, filesPerPrompt, arePictures);
        CollectionAssert.AreEqual(
            names, names.Select((_, i) => all.Of(i / filesPerPrompt, i % filesPerPrompt).Replace('\\', '/')).ToArray());
    }

    [TestMethod]
    [DataRow("film.webp", false, "film.plan.png")]
    [DataRow("film.webp", true, "film-3.plan.png")]
    [DataRow("out/%04d.png", true, "out/3.plan.png")]
    [DataRow("out/f-%04d.png", true, "out/f-3.plan.png")]
    public void OfPrompt_Plan_LiesBesideTheFilms(string target, bool numbersPrompts, string plan) => Assert.AreEqual(
        plan, FilmName.OfPlan(new ResultNames(target, numbersPrompts, 2, ArePictures: false).OfPrompt(3)).Replace('\\', '/'));
}
