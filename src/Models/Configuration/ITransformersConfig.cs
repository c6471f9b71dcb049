namespace Afterimage.Models;

/// <summary>A config that transformers writes with the name of the class that it is of.</summary>
public interface ITransformersConfig
{
    /// <summary>Where it lies in the config of a model that has its own as a part; <see langword="null"/> for nowhere.</summary>
    static virtual string? KeyInWhole => null;

    /// <summary>What <c>architectures</c> lists.</summary>
    string ClassName { get; }
}
