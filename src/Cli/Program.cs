using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Afterimage;
using Afterimage.Cli;
using Afterimage.Cli.Bench;
using Afterimage.Cli.Generate;
using Afterimage.Cli.Kernels;
using Afterimage.Cli.Planning;
using Afterimage.Cli.Quality;
using Afterimage.Cli.Serve;
using Afterimage.Cli.Tuning;
using Afterimage.Cli.Verify;
using Afterimage.Kernels.Launch;
using Afterimage.Native;

// Before all else: from here on a signal ends the running command at the end of a step.
return Interruption.Run(interruption => Run(args, interruption), "afterimage: cancelled");

static int Run(string[] args, CancellationToken interruption)
{
    Trace.Listeners.Add(new WarningListener());
    var root = new RootCommand("Generates films with cached diffusion transformers; verifies, plans and benchmarks them.");
    var force = new Option<bool>("--force") { Description = "Begin what is estimated not to fit into memory or on disk.", Recursive = true };
    foreach (var sized in (Command[])[VerifyCommand.Create(), PlanCommand.Create(), BenchCommand.Create(), GenerateCommand.Create(), QualityCommand.Create(), CalibrateCommand.Create(), TuneCommand.Create()])
    {
        sized.Add(force);
        root.Add(sized);
    }
    root.Add(ServeCommand.Create());
    root.Add(KernelsCommand.Create());

    // Without a command: what commands there are. A prompt may begin with @, which is no file of arguments here.
    var parsed = root.Parse(args.Length == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
    if (parsed.Action is ParseErrorAction)
    {
        // What is not known says more than that something known is missing.
        var error = parsed.UnmatchedTokens is [var unknown, ..] ? $"Unrecognized command or argument '{unknown}'." : ErrorText.Of(parsed.Errors[0]);
        return Fail(ErrorText.OneLine(error), ExitCode.Usage);
    }

    // What looks like an option and is none would else be a prompt, or a kernel's name.
    if (parsed.Tokens.All(token => token.Type != TokenType.DoubleDash)
        && parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).FirstOrDefault(token => token.Value.StartsWith("--", StringComparison.Ordinal)) is { } stray)
        return Fail(ErrorText.OneLine($"Unrecognized option '{stray.Value}'. What begins with dashes and is no option goes behind a -- of its own."), ExitCode.Usage);

    try
    {
        AppContext.SetSwitch(MemoryEstimate.IgnoreSwitch, parsed.GetValue(force));
        // Not for --help and --version, which are actions of their own.
        if (parsed.Action == parsed.CommandResult.Command.Action)
        {
            KernelDevices.CheckEnvironment();
            TorchLoader.EnsureLoaded();
        }
        // Exceptions come to us, for one line and an exit code. Without a timeout: nothing returns from here while torch is at work.
        var code = parsed.InvokeAsync(
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interruption).GetAwaiter().GetResult();
        return args.Length == 0 ? ExitCode.Usage : code;
    }
    catch (Exception exception) when (exception is not OperationCanceledException)
    {
        return Fail(ErrorText.Of(exception), ErrorText.Cause(exception) is NotSupportedException ? ExitCode.NotSupported : ExitCode.Failure);
    }
}

static int Fail(string message, int code)
{
    Console.Error.WriteLine($"afterimage: {message}");
    return code;
}
