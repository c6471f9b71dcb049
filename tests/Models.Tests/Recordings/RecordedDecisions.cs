using System.Text.Json;

namespace Afterimage.Models.Tests;

/// <summary>Compares which modules ran with what a recording says of its hooked modules.</summary>
internal static class RecordedDecisions
{
    /// <summary>
    /// Attentions, and blocks by the attentions in them, are judged by what ran; modules without attention by what the run says that it did.
    /// </summary>
    /// <param name="recording">The recording.</param>
    /// <param name="forward">Which of its forwards ran last.</param>
    /// <param name="attended">The attentions that ran in it.</param>
    /// <param name="attentions">All of the model's.</param>
    /// <param name="run">The run, after the forward.</param>
    public static void Assert(
        JsonElement recording, int forward, IReadOnlyDictionary<string, long> attended, IReadOnlyCollection<string> attentions, CacheRun? run)
    {
        var hooked = recording.GetProperty("hooked_modules").EnumerateArray().Select(name => name.GetString()!).ToArray();
        if (hooked.Length == 0)
            return;
        var decision = recording.GetProperty("decisions")[forward];
        var actual = string.Concat(hooked.Select(name => Ran(name) ? 'C' : 'S'));
        Microsoft.VisualStudio.TestTools.UnitTesting.Assert.AreEqual(decision.GetProperty("modules").GetString(), actual, $"what ran in forward {forward}");

        bool Ran(string name)
        {
            if (attentions.Any(IsIn))
                return attended.Keys.Any(IsIn);
            var plan = run!.Recorded();
            return plan.Rows[^1].Cells[plan.Sites.Select(site => site.Name).ToList().IndexOf(name)].IsComputed;

            bool IsIn(string attention) => attention == name || attention.StartsWith($"{name}.", StringComparison.Ordinal);
        }
    }
}
