using Afterimage.Models;
using Afterimage.Video.MovingShapes;

namespace TrainTiny.Tests;

/// <summary>The pipeline that lies with samples/TextToVideo.</summary>
[TestClass]
public sealed class ShippedPipelineTests
{
    // Of one each, a film or two may differ between machines.
    private const int FilmsPerPrompt = 2;

    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "moving-shapes");

    [TestMethod]
    public void Files_AreTwelveMegabytesAtMost() =>
        Assert.IsLessThanOrEqualTo(12_000_000, new DirectoryInfo(s_folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length));

    [TestMethod]
    public void Films_OfHeldOutPrompts_ShowFourFifthsOfThem()
    {
        string[] prompts = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "held-out-prompts.txt"));
        using var pipeline = CogVideoXPipeline.FromPretrained(s_folder);
        var wrong = new List<string>();
        foreach (var (seed, prompt) in prompts.Index())
        {
            using var films = pipeline.Generate(prompt, new()
            {
                Seed = seed,
                GuidanceScale = 2,
                NumVideosPerPrompt = FilmsPerPrompt,
                MaxSequenceLength = pipeline.Transformer.Config.MaxTextSeqLength,
            });
            for (var i = 0; i < FilmsPerPrompt; i++)
            {
                using var frames = films[i];
                var shown = ShapeTraits.InFilm(frames);
                if (ShapeTraits.Compare(ShapeTraits.InPrompt(prompt), shown).All != true)
                    wrong.Add($"{prompt}: {shown}");
            }
        }

        var count = FilmsPerPrompt * prompts.Length;
        Assert.IsGreaterThanOrEqualTo(0.8 * count, count - wrong.Count, string.Join(Environment.NewLine, wrong));
    }
}
