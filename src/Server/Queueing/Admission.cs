namespace Afterimage.Server.Queueing;

/// <summary>Whether a queue takes a job.</summary>
/// <param name="IsAdmitted">Whether it does.</param>
/// <param name="IsOwnLimit">If not, whether it is this owner who has too many there, and not all.</param>
/// <param name="RetryAfter">If not, when to ask again.</param>
[GenerateSerializer]
internal sealed record Admission(bool IsAdmitted, bool IsOwnLimit = false, TimeSpan RetryAfter = default);
