namespace Afterimage.Server.Queueing;

/// <summary>Where a job is in its queue.</summary>
/// <param name="Ahead">How many jobs are handed out before it, as things stand.</param>
/// <param name="SecondsUntilStart">When its turn comes; <see langword="null"/> where no job was measured yet.</param>
/// <param name="Seconds">How long it takes; <see langword="null"/> where no job was measured yet.</param>
[GenerateSerializer]
internal sealed record QueuePlace(int Ahead, double? SecondsUntilStart, double? Seconds);
