namespace Afterimage;

/// <summary>
/// Makes a transformer block a site as a whole (<see cref="SiteKind.BlockOutput"/>): its value is what its forward returns, a tensor or several, and where it is
/// skipped nothing of the block runs.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class BlockOutputAttribute : Attribute;
