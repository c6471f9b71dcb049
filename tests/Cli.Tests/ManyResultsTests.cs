using Afterimage.Models;
using Afterimage.Models.Tests;
using SkiaSharp;

namespace Afterimage.Cli.Tests;

/// <summary><c>generate</c> with more than one result: several of a prompt, several prompts, and how they are shown.</summary>
[TestClass]
public sealed class ManyResultsTests
{
    private static readonly string[] s_quick = ["--cache", "none", "--steps", "2", "--dtype", "float32", "--frames", "1"];

    private static TinyPipelineFolder s_films = null!;
    private static RecordedPipelineFolder s_pictures = null!;
    private string _out = null!;

    [ClassInitialize]
    public static void MakePipelines(TestContext context) => (s_films, s_pictures) = (new TinyPipelineFolder(), new RecordedPipelineFolder("pipeline-flux-tiny"));

    [ClassCleanup]
    public static void CleanUp()
    {
        s_films.Dispose();
        s_pictures.Dispose();
    }

    [TestInitialize]
    public void MakeOut() => _out = Directory.CreateTempSubdirectory("afterimage-many-").FullName;

    [TestCleanup]
    public void DeleteOut() => Directory.Delete(_out, recursive: true);

    [TestMethod]
    public void Pictures_SeveralOfAPrompt_AreNumberedAndDiffer()
    {
        Pictures("--num-images", "3", "--out", At("cat.png")).AssertExit(0);
        CollectionAssert.AreEqual(new[] { "cat-0.png", "cat-1.png", "cat-2.png" }, Entries);
        Assert.AreEqual(3, Entries.Select(name => Convert.ToHexString(File.ReadAllBytes(At(name)))).Distinct().Count());
    }

    [TestMethod]
    public void Pictures_AsAGrid_AreOnePictureOfThem()
    {
        Pictures("--num-images", "3", "--out", At("one.png")).AssertExit(0);
        Pictures("--num-images", "3", "--grid", "--out", At("grid.png")).AssertExit(0);
        using var grid = SKBitmap.Decode(At("grid.png"));
        Assert.AreEqual((2 * 48, 2 * 64), (grid.Width, grid.Height));
        for (var i = 0; i < 4; i++)
        {
            using var one = i < 3 ? SKBitmap.Decode(At($"one-{i}.png")) : null;
            for (var (y, x) = (0, 0); y < 64; (y, x) = x < 47 ? (y, x + 1) : (y + 1, 0))
                Assert.AreEqual(one?.GetPixel(x, y) ?? SKColors.Black, grid.GetPixel(i % 2 * 48 + x, i / 2 * 64 + y), $"picture {i}, {x}, {y}");
        }
    }

    [TestMethod]
    public void Picture_Scaled_IsOfSquares()
    {
        Pictures("--out", At("small.png")).AssertExit(0);
        var result = Pictures("--scale", "3", "--out", At("large.png"));
        result.AssertExit(0);
        Assert.Contains("of 144 × 192", result.Output);
        using var small = SKBitmap.Decode(At("small.png"));
        using var large = SKBitmap.Decode(At("large.png"));
        Assert.AreEqual((144, 192), (large.Width, large.Height));
        for (var (y, x) = (0, 0); y < 192; (y, x) = x < 143 ? (y, x + 1) : (y + 1, 0))
            Assert.AreEqual(small.GetPixel(x / 3, y / 3), large.GetPixel(x, y), $"{x}, {y}");
    }

    [TestMethod]
    public void Pictures_WithAPattern_AreNumberedByIt()
    {
        WritePrompts("a cat\na dog\n");
        Tool.Run(["generate", s_pictures.Path, .. s_picture, "--prompts", At("prompts.txt"), "--num-images", "2", "--out", At("p%02d.png")]).AssertExit(0);
        CollectionAssert.AreEqual(new[] { "p00.png", "p01.png", "p02.png", "p03.png", "prompts.txt" }, Entries);
    }

    [TestMethod]
    public void Picture_WithoutOut_IsAPngNamedAfterThePrompt()
    {
        var result = Tool.RunFrom(_out, ["generate", s_pictures.Path, "a cat", .. s_picture, "--num-images", "2"]);
        result.AssertExit(0);
        CollectionAssert.AreEqual(new[] { "a-cat-2.png", "a-cat.png" }, Entries);
    }

    [TestMethod]
    public void Films_SeveralOfAPrompt_AreFilesOfTheirOwn()
    {
        Films("--num-videos", "2", "--scale", "2", "--out", At("film.webp")).AssertExit(0);
        CollectionAssert.AreEqual(new[] { "film-0.webp", "film-1.webp" }, Entries);
        Films("--num-images", "2", "--grid", "--out", At("grid.gif")).AssertExit(0);
        // Little-endian, in the head of a GIF.
        Assert.AreEqual((2 * 96, 64), (BitConverter.ToUInt16(File.ReadAllBytes(At("grid.gif")), 6), BitConverter.ToUInt16(File.ReadAllBytes(At("grid.gif")), 8)));
    }

    [TestMethod]
    public void Film_OfOneFrame_NeedsNoPattern()
    {
        Films("--out", At("still.png")).AssertExit(0);
        CollectionAssert.AreEqual(new[] { "still.png" }, Entries);
    }

    [TestMethod]
    public void Prompts_OfAFile_GiveAFilmEachWithSeedsThatCountOn()
    {
        WritePrompts("\ufeffa cat\r\n\r\n# not this\r\na dog\r\n");
        var result = FilmsOf("--seed", "5", "--out", At("film.webp"));
        result.AssertExit(0);
        CollectionAssert.AreEqual(new[] { "film-0.webp", "film-1.webp", "prompts.txt" }, Entries);
        Tool.Run(["generate", s_films.Path, "a dog", .. s_quick, "--seed", "6", "--out", At("dog.webp")]).AssertExit(0);
        CollectionAssert.AreEqual(File.ReadAllBytes(At("dog.webp")), File.ReadAllBytes(At("film-1.webp")));
    }

    [TestMethod]
    public void Prompts_ComparedWithoutTheCache_HaveAPlanEach()
    {
        WritePrompts("a cat\na dog\n");
        var result = Tool.Run(
            ["generate", s_films.Path, "--prompts", At("prompts.txt"), "--steps", "4", "--dtype", "float32", "--frames", "1", "--compare", "--num-images", "2", "--out", At("film.webp")]);
        result.AssertExit(0);
        CollectionAssert.AreEqual(
            new[] { "film-0-0.webp", "film-0-1.webp", "film-0.plan.png", "film-1-0.webp", "film-1-1.webp", "film-1.plan.png", "prompts.txt" }, Entries);
        Assert.AreEqual(2, result.Output.Split("speed-up").Length - 1);
    }

    [TestMethod]
    public void Prompts_OfWhichOneIsNoNumbers_GiveTheOthers()
    {
        using var model = new TinyPipelineFolder();
        var tokenizer = T5Tokenizer.FromPretrained(model["tokenizer"]);
        var only = tokenizer.EncodeToIds("a dog").Except(tokenizer.EncodeToIds("a cat").Concat(tokenizer.EncodeToIds(""))).ToArray();
        SpoiledWeights.Write(model["text_encoder/model.safetensors"], "shared.weight", [.. only.Select(id => (long)id)]);
        WritePrompts("a cat\na dog\na cat\n");
        var result = Tool.Run(["generate", model.Path, "--prompts", At("prompts.txt"), .. s_quick, "--out", At("film.webp")]);
        result.AssertError(1, "1 of 3 prompts gave nothing that can be written", "prompt 2: ");
        CollectionAssert.AreEqual(new[] { "film-0.webp", "film-2.webp", "prompts.txt" }, Entries);
    }

    [TestMethod]
    public void Prompts_OneTooLong_SaysWhich()
    {
        WritePrompts($"a cat\n{string.Join(' ', Enumerable.Repeat("a cat on a red chair", 20))}\n");
        var result = FilmsOf("--out", At("film.webp"));
        result.AssertExit(0);
        Assert.Contains("note: too long for the text encoder, left out of prompt 2: ", result.Output);
    }

    [TestMethod]
    [DataRow(2, "either a PROMPT or --prompts", "generate", "FOLDER")]
    [DataRow(2, "either a PROMPT or --prompts", "generate", "FOLDER", "a cat", "--prompts", "x")]
    [DataRow(2, "--num-images must be above 0", "generate", "FOLDER", "a cat", "--num-images", "0")]
    [DataRow(2, "--scale must be above 0", "generate", "FOLDER", "a cat", "--scale", "0")]
    [DataRow(2, "--grid would do nothing: there is one", "generate", "FOLDER", "a cat", "--grid")]
    [DataRow(2, "--grid would do nothing: there is one", "generate", "FOLDER", "a cat", "--grid", "--num-images", "1")]
    [DataRow(2, "--grid would do nothing: --compare", "generate", "FOLDER", "a cat", "--grid", "--num-images", "2", "--compare")]
    [DataRow(2, "--scale would do nothing", "generate", "FOLDER", "a cat", "--scale", "2", "--compare")]
    [DataRow(2, "--scale would do nothing", "quality", "FOLDER", "--scale", "2")]
    [DataRow(1, "There are no prompts 'no-such-file'", "generate", "FOLDER", "--prompts", "no-such-file")]
    [DataRow(1, "--num-images 2147483647", "quality", "FOLDER", "--num-images", "2147483647")]
    public void Options_ThatCannotBe_AreRefusedBeforeTheFolderIsRead(int code, string part, params string[] arguments) =>
        Tool.Run(arguments).AssertError(code, part);

    [TestMethod]
    [DataRow("2147483647 of them", "--num-images", "2147483647")]
    [DataRow("--scale 2147483647", "--scale", "2147483647")]
    [DataRow("WebP holds pictures of up to", "--scale", "200")]
    [DataRow("GIF holds pictures of up to", "--scale", "20", "--num-images", "3000", "--grid", "--out", "OUT/film.gif")]
    public void Sizes_BeyondBounds_AreRefusedBeforeLoading(string part, params string[] arguments)
    {
        using var model = new TinyPipelineFolder();
        foreach (var weights in Directory.GetFiles(model.Path, "*.safetensors", SearchOption.AllDirectories))
            File.Delete(weights);
        string[] words = [.. arguments.Select(word => word.Replace("OUT", _out, StringComparison.Ordinal))];
        Tool.Run(["generate", model.Path, "a cat", "--frames", "1", .. words, .. arguments.Contains("--out") ? [] : (string[])["--out", At("film.webp")]]).AssertError(1, part);
        Assert.IsEmpty(Entries);
    }

    [TestMethod]
    [DataRow("film-1.webp", "is a folder")]
    public void Name_ThatIsTaken_IsRefusedBeforeLoading(string folder, string part)
    {
        Directory.CreateDirectory(At(folder));
        Films("--num-images", "3", "--out", At("film.webp")).AssertError(1, part, folder);
        CollectionAssert.AreEqual(new[] { folder }, Entries);
    }

    [TestMethod]
    public void Name_ThatIsTooLongWithItsNumber_IsRefusedBeforeLoading()
    {
        Films("--num-images", "2", "--out", At(new string('f', 250) + ".webp")).AssertError(1);
        Assert.IsEmpty(Entries);
    }

    private static readonly string[] s_picture = ["--cache", "none", "--steps", "2", "--dtype", "float32", "--height", "64", "--width", "48"];

    private static Tool.Result Pictures(params string[] arguments) => Tool.Run(["generate", s_pictures.Path, "a cat", .. s_picture, .. arguments]);

    private static Tool.Result Films(params string[] arguments) => Tool.Run(["generate", s_films.Path, "a cat", .. s_quick, .. arguments]);

    private Tool.Result FilmsOf(params string[] arguments) => Tool.Run(["generate", s_films.Path, "--prompts", At("prompts.txt"), .. s_quick, .. arguments]);

    private void WritePrompts(string text) => File.WriteAllText(At("prompts.txt"), text);

    private string At(string name) => Path.Combine(_out, name);

    private string[] Entries => [.. Directory.GetFileSystemEntries(_out).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];
}
