using System.CommandLine;

namespace Afterimage.Cli;

/// <summary>Options of commands that load what lies in a folder, or in the Hub's cache.</summary>
internal static class ModelOptions
{
    /// <summary>Why both do nothing where no model is named.</summary>
    public const string NoModel = "it is for what MODEL has, and none is given.";

    /// <summary>Which weights.</summary>
    public static Option<string?> Variant() => new("--variant")
    {
        Description = "Which of several sets of weights, as fp16; the plain one, or the only one, if not given.",
    };

    /// <summary>Which snapshot.</summary>
    public static Option<string?> Revision() => new("--revision")
    {
        Description = "The branch, tag or commit of a name in the Hub's cache; main if not given.",
    };
}
