using Afterimage.Models;

namespace Afterimage.Cli.Working;

/// <summary>How far a piece of work is.</summary>
/// <param name="Share">What of it is done, from 0 to 1.</param>
/// <param name="Stage">What is being done, where it has stages.</param>
/// <param name="Step">The steps of the stage that are done.</param>
/// <param name="Steps">All of the stage's steps; 1 or less where they are not counted.</param>
internal sealed record WorkProgress(double Share, string Stage = "", int Step = 0, int Steps = 0)
{
    /// <summary>That of loading weights.</summary>
    public static WorkProgress Of(LoadProgress loaded) => new((double)loaded.BytesRead / Math.Max(1, loaded.BytesTotal));

    /// <summary>What is being done, after the name of the work.</summary>
    public string After(string title) => Stage.Length == 0 ? title : $"{title}: {Stage}{(Steps > 1 ? $" {Step}/{Steps}" : "")}";
}
