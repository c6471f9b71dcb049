namespace Afterimage.Models;

/// <summary>A config that diffusers writes with the name of the class that it is of.</summary>
public interface INamedConfig
{
    /// <summary>The value of <c>_class_name</c>.</summary>
    static abstract string ClassName { get; }
}
