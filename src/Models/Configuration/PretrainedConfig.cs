namespace Afterimage.Models;

/// <summary>
/// What the configs of all models and schedulers have in common. They are values: equal where all settings are. Keys of a file that are no
/// settings are told of once as a warning (<see cref="System.Diagnostics.Trace"/>), do nothing, and are written back where the config is saved.
/// </summary>
public abstract record PretrainedConfig
{
    private protected PretrainedConfig()
    {
    }

    /// <summary>The keys of the file that are no settings.</summary>
    internal KeptSettings Kept { get; set; } = KeptSettings.None;

    /// <summary>Throws where nothing can be built from these settings.</summary>
    /// <exception cref="ArgumentException">A setting is out of its bounds, or two do not go together; the message names it as a file spells it.</exception>
    /// <exception cref="NotSupportedException">A setting asks for something that is not here.</exception>
    internal abstract void Check();
}
