namespace Afterimage.Models;

/// <summary>Checks of settings that no model can be built from.</summary>
internal static class ConfigCheck
{
    public static void Positive(long value, string name)
    {
        if (value <= 0)
            throw new ArgumentException($"expected {name} above 0, found {value}");
    }

    public static void NotNegative(long value, string name)
    {
        if (value < 0)
            throw new ArgumentException($"expected {name} of 0 or more, found {value}");
    }

    public static void Positive((int First, int Second, int Third) values, string name)
    {
        if (values.First <= 0 || values.Second <= 0 || values.Third <= 0)
            throw new ArgumentException($"expected {name} above 0, found {values}");
    }
}
