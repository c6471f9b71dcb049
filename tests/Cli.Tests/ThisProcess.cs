using System.Diagnostics;
using System.Reflection;

namespace Afterimage.Cli.Tests;

/// <summary>
/// Runs the program's entry point in this process, where libtorch is loaded and code is compiled: most of a short command's time. It is the program but for
/// what is the process's own: its environment, its folder, signals, limits and libraries.
/// </summary>
internal static class ThisProcess
{
    private static readonly MethodInfo s_entry = typeof(ExitCode).Assembly.EntryPoint!;

    /// <summary>Runs it on a thread of its own, since what it leaves in a thread's scopes would stay there.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="longest">How long it may take.</param>
    /// <returns>Null if it took longer.</returns>
    public static Tool.Result? Run(string[] arguments, TimeSpan longest)
    {
        var (output, errors, listeners) = (Console.Out, Console.Error, Trace.Listeners.Cast<TraceListener>().ToArray());
        using var written = new StringWriter();
        using var complained = new StringWriter();
        Output.IsCaptured = true;
        Console.SetOut(TextWriter.Synchronized(written));
        Console.SetError(TextWriter.Synchronized(complained));
        try
        {
            var code = 0;
            Exception? thrown = null;
            var thread = new Thread(() =>
            {
                try
                {
                    code = (int)s_entry.Invoke(null, [arguments])!;
                }
                catch (Exception exception)
                {
                    thrown = exception;
                }
            })
            { IsBackground = true };
            thread.Start();
            if (!thread.Join(longest))
                return null;
            return new(code, written.ToString(), thrown is null ? complained.ToString() : $"   at {thrown}");
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
            Trace.Listeners.Clear();
            Trace.Listeners.AddRange(listeners);
            AppContext.SetSwitch("Afterimage.IgnoreMemoryEstimates", false); // which --force turns on
        }
    }

    /// <summary>Runs it with some variables of this process's environment other than they are.</summary>
    public static Tool.Result? RunWith(IReadOnlyDictionary<string, string> environment, string[] arguments, TimeSpan longest)
    {
        var before = environment.Keys.ToDictionary(variable => variable, Environment.GetEnvironmentVariable);
        try
        {
            foreach (var (variable, value) in environment)
                Environment.SetEnvironmentVariable(variable, value);
            return Run(arguments, longest);
        }
        finally
        {
            foreach (var (variable, value) in before)
                Environment.SetEnvironmentVariable(variable, value);
        }
    }
}
