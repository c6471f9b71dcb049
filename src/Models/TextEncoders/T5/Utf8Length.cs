namespace Afterimage.Models;

/// <summary>The length of characters in UTF-8.</summary>
internal static class Utf8Length
{
    /// <summary>How many bytes the character has that begins with this one.</summary>
    public static int Of(byte first) => first switch
    {
        < 0xC0 => 1,
        < 0xE0 => 2,
        < 0xF0 => 3,
        _ => 4,
    };
}
