using System.CommandLine;
using System.CommandLine.Invocation;
using System.Diagnostics;
using Afterimage;
using Afterimage.Cli;
using Afterimage.Cli.Bench;
using Afterimage.Cli.Generate;
using Afterimage.Cli.Kernels;
using Afterimage.Cli.Planning;
using Afterimage.Cli.Quality;
using Afterimage.Cli.Verify;

// Before all else: from here on a signal ends the running command at the end of a step.
return Interruption.Run(interruption => Run(args, interruption), "afterimage: cancelled");

static int Run(string[] args, CancellationToken interruption)
{
    Trace.Listeners.Add(new WarningListener());
    var root = new RootCommand("Generates films with cached diffusion transformers; verifies, plans and benchmarks them.")
    {
        VerifyCommand.Create(),
        PlanCommand.Create(),
        BenchCommand.Create(),
        GenerateCommand.Create(),
        QualityCommand.Create(),
        KernelsCommand.Create(),
    };

    // Without a command: what commands there are.
    var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
    if (parsed.Action is ParseErrorAction)
    {
        // What is not known says more than that something known is missing.
        var error = parsed.UnmatchedTokens is [var unknown, ..] ? $"Unrecognized command or argument '{unknown}'." : ErrorText.Of(parsed.Errors[0]);
        return Fail(ErrorText.OneLine(error), ExitCode.Usage);
    }

    try
    {
        // Exceptions come to us, for one line and an exit code. Without a timeout: nothing returns from here while torch is at work.
        var code = parsed.InvokeAsync(
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interruption).GetAwaiter().GetResult();
        return args.Length == 0 ? ExitCode.Usage : code;
    }
    catch (NotSupportedException exception)
    {
        return Fail(ErrorText.Of(exception), ExitCode.NotSupported);
    }
    catch (Exception exception) when (exception is not OperationCanceledException)
    {
        return Fail(ErrorText.Of(exception), ExitCode.Failure);
    }
}

static int Fail(string message, int code)
{
    Console.Error.WriteLine($"afterimage: {message}");
    return code;
}
