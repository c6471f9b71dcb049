using Spectre.Console;

namespace Afterimage.Cli;

/// <summary>Where tables and progress go.</summary>
internal static class Output
{
    private const int WidthOfFiles = 160;

    /// <summary>Whether what is written is read by this process itself, as in tests: then it is shown on no terminal, even where there is one.</summary>
    public static bool IsCaptured { get; set; }

    /// <summary>Whether another rank says the same: then nothing is shown but why this one fails.</summary>
    public static bool IsQuiet { get; private set; }

    /// <summary>Leaves what is shown to another rank.</summary>
    public static void BeQuiet()
    {
        IsQuiet = true;
        System.Console.SetOut(TextWriter.Null);
    }

    /// <summary>Standard output. A file or a pipe has no width, and tables should not break there.</summary>
    public static IAnsiConsole Console
    {
        get
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = IsCaptured ? AnsiSupport.No : AnsiSupport.Detect });
            if (IsCaptured || System.Console.IsOutputRedirected)
                console.Profile.Width = WidthOfFiles;
            return console;
        }
    }

    /// <summary>The error stream, or null where that is no terminal that can redraw a line.</summary>
    public static IAnsiConsole? ErrorTerminal()
    {
        if (IsCaptured || IsQuiet || System.Console.IsErrorRedirected)
            return null;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(System.Console.Error) });
        return console.Profile.Capabilities.Ansi ? console : null;
    }
}
