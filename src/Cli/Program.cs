using System.CommandLine;
using Afterimage.Cli;
using Afterimage.Cli.Bench;
using Afterimage.Cli.Planning;
using Afterimage.Cli.Verify;

var root = new RootCommand("Verifies, plans and benchmarks cached diffusion transformers.")
{
    VerifyCommand.Create(),
    PlanCommand.Create(),
    BenchCommand.Create(),
};

try
{
    // Exceptions come to us, for one line and an exit code; Ctrl-C cancels the running command.
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (OperationCanceledException)
{
    return Fail("cancelled", ExitCode.Cancelled);
}
catch (NotSupportedException exception)
{
    return Fail(exception.Message, ExitCode.NotSupported);
}
catch (Exception exception)
{
    return Fail(exception.Message, ExitCode.Failure);
}

static int Fail(string message, int code)
{
    Console.Error.WriteLine($"afterimage: {message.ReplaceLineEndings(" ")}");
    return code;
}
