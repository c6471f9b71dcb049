using Afterimage.Models;

namespace Afterimage.Tuning;

/// <summary>Makes films with caches and measures them beside films without, in rounds of one prompt.</summary>
/// <param name="films">Makes films.</param>
/// <param name="prompts">What they show.</param>
/// <param name="options">How, with the seed of the first.</param>
/// <param name="settings">What was measured already, and what is measured.</param>
internal sealed class CandidateFilms(FilmMaker films, IReadOnlyList<string> prompts, GenerationOptions options, PlanSearchSettings settings)
{
    private TuningWork Work => settings.Work;

    /// <summary>Measures all that are not yet.</summary>
    public void Measure(IReadOnlyList<Candidate> candidates)
    {
        films.Films += prompts.Count * (candidates.Count + 1);
        for (var prompt = 0; prompt < prompts.Count; prompt++)
            MeasureRound(candidates, prompt);
    }

    /// <summary>What was measured of a candidate, in the order of the prompts.</summary>
    public IReadOnlyList<MeasuredFilm> Of(Candidate candidate) => [.. Enumerable.Range(0, prompts.Count).Select(prompt => Work.Find(candidate.Key, prompt)!)];

    private void MeasureRound(IReadOnlyList<Candidate> candidates, int prompt)
    {
        var lacking = candidates.Where(candidate => Work.Find(candidate.Key, prompt) is null).ToArray();
        for (var done = candidates.Count - lacking.Length + (lacking.Length == 0 ? 1 : 0); done > 0; done--)
            films.Skip();
        if (lacking.Length == 0)
            return;
        var own = options with { Seed = options.Seed + prompt };
        var made = new MadeFilm?[lacking.Length + 1];
        try
        {
            foreach (var place in Rounds.Order(prompt, made.Length))
            {
                made[place] = place == 0
                    ? films.Make($"without a cache, prompt {prompt + 1}", prompts[prompt], own, null)
                    : films.Make($"{lacking[place - 1].Name}, prompt {prompt + 1}", prompts[prompt], own, lacking[place - 1].Cache);
            }
            for (var i = 0; i < lacking.Length; i++)
                Work.Keep(new MeasuredFilm(lacking[i].Key, prompt, made[i + 1]!.HistoryBytes, FilmMeasures.Of(made[i + 1]!, made[0]!, settings.Lpips)));
        }
        finally
        {
            foreach (var film in made)
                film?.Dispose();
        }
    }
}

/// <summary>A cache that is measured.</summary>
/// <param name="Key">Tells it from all others of its search.</param>
/// <param name="Name">For people.</param>
/// <param name="Cache">Its config.</param>
internal sealed record Candidate(string Key, string Name, CacheConfig Cache);
