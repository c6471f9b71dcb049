namespace Afterimage.Cli.Tests.Hostile;

/// <summary>How a command may end.</summary>
internal enum Outcome
{
    /// <summary>With a value or with one line; never otherwise.</summary>
    Either,

    /// <summary>With one line.</summary>
    Refused,

    /// <summary>With a value.</summary>
    Accepted,
}

/// <summary>One input and one command.</summary>
/// <param name="Name">What is wrong with the input, and where.</param>
/// <param name="Prepare">Spoils a folder of its own, which holds what <see cref="HostileFolder"/> says.</param>
/// <param name="Arguments">The command line; <c>@</c> before a path stands for the folder.</param>
/// <param name="Outcome">How it may end.</param>
internal sealed record HostileCase(string Name, Action<HostileFolder>? Prepare, string[] Arguments, Outcome Outcome = Outcome.Refused)
{
    /// <summary>In a process of its own with bounded memory: it might end the process, or wait for ever.</summary>
    public bool InChild { get; init; }

    /// <summary>Variables of the environment, of a process of its own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
