namespace Afterimage.Generators.Tests.Driving;

/// <summary>The classes under Samples.</summary>
internal static class Sample
{
    public const string TwoSites = nameof(TwoSites);
    public const string ThreeSites = nameof(ThreeSites);
    public const string Model = nameof(Model);
    public const string OneStack = nameof(OneStack);
    public const string TwoStacks = nameof(TwoStacks);
    public const string WholeBlock = nameof(WholeBlock);
    public const string Sequences = nameof(Sequences);

    public static string Read(string name) => File.ReadAllText(Path.Combine(Compilations.ProjectFolder(), "Samples", $"{name}.cs.txt"));
}
