namespace Afterimage.Models;

/// <summary>A config that transformers writes with the name of the class that it is of.</summary>
public interface ITransformersConfig
{
    /// <summary>What <c>architectures</c> lists.</summary>
    string ClassName { get; }
}
