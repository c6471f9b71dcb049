namespace Afterimage.Generators;

/// <summary>The generator's steps, as tests name them.</summary>
internal static class TrackingNames
{
    public const string Parse = nameof(Parse);

    public const string Lower = nameof(Lower);

    public const string Names = nameof(Names);

    public static readonly string[] All = [Parse, Lower, Names];
}
