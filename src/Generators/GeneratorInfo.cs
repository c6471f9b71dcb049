namespace Afterimage.Generators;

/// <summary>How generated code names its generator.</summary>
internal static class GeneratorInfo
{
    public const string Name = "Afterimage.Generators";

    public static readonly string Version = typeof(GeneratorInfo).Assembly.GetName().Version.ToString(3);
}
