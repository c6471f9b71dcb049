namespace Afterimage.Server.Jobs;

/// <summary>Why a job failed.</summary>
/// <param name="Code">For programs.</param>
/// <param name="Message">For people.</param>
[GenerateSerializer]
internal sealed record JobError(string Code, string Message);
