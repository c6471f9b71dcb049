namespace Afterimage.Server.Queueing;

/// <summary>A job that is handed out.</summary>
/// <param name="JobId">Which.</param>
/// <param name="Attempt">How often it was, this time included. It goes with all that is said of it.</param>
/// <param name="Losses">How many of its workers were lost before.</param>
[GenerateSerializer]
internal sealed record Ticket(string JobId, int Attempt, int Losses);
