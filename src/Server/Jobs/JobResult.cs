namespace Afterimage.Server.Jobs;

/// <summary>What a job made.</summary>
/// <param name="Folder">The folder of its files in the storage.</param>
/// <param name="Film">The film's file, of pictures the first.</param>
/// <param name="Seconds">How long it took, loading aside.</param>
/// <param name="Notes">What was not done as asked, such as a prompt that was too long.</param>
[GenerateSerializer]
internal sealed record JobResult(string Folder, string Film, double Seconds, IReadOnlyList<string> Notes);
