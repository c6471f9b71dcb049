using Spectre.Console;

namespace Afterimage.Cli;

/// <summary>Where tables go.</summary>
internal static class Output
{
    private const int WidthOfFiles = 160;

    /// <summary>Standard output. A file or a pipe has no width, and tables should not break there.</summary>
    public static IAnsiConsole Console { get; } = Create();

    private static IAnsiConsole Create()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings());
        if (System.Console.IsOutputRedirected)
            console.Profile.Width = WidthOfFiles;
        return console;
    }
}
