using System.Runtime.InteropServices;
using Afterimage.Native;

namespace Afterimage;

/// <summary>
/// Lets a program that computes with torch be stopped by Ctrl-C or <c>kill</c> without a crash: a process that ends while one of its
/// threads is inside libtorch frees what that thread is using, so the first signal only asks, and the program ends where it can.
/// </summary>
public static class Interruption
{
    /// <summary>What a program says to its shell when it was stopped: 128 and the number of SIGINT.</summary>
    public const int ExitCode = 130;

    // SIGXFSZ on Linux and macOS.
    private const PosixSignal FileSizeExceeded = (PosixSignal)25;

    // One press may come twice: from the terminal and from a program between it and this one.
    private const long OnePress = 1000;

    private static readonly CancellationTokenSource s_asked = new();
    private static readonly Lock s_lock = new();

    // Never disposed of: a signal that comes when the program has done its work must not end it in its last moments.
    private static PosixSignalRegistration[] s_registrations = [];
    private static long s_askedAt;

    /// <summary>
    /// Runs a program until it ends or has been stopped. The first SIGINT (Ctrl-C) or SIGTERM from here to the end of the process cancels
    /// the token; a second one, a second later or more, ends the process at once, with <see cref="ExitCode"/> and without what was being
    /// written. Signals that the process was started to ignore stay ignored. A limit on
    /// the size of files is an <see cref="IOException"/> from here on, and ends nothing.
    /// </summary>
    /// <remarks>To be the first call of <c>Main</c>, whose thread the program runs on: signals before it end the process.</remarks>
    /// <param name="program">
    /// The program, which returns its exit code, and throws <see cref="OperationCanceledException"/> at the end of a step, say, when it finds the token cancelled.
    /// No work of torch may go on in other threads when it returns.
    /// </param>
    /// <param name="message">What to say on the error stream when it has been stopped.</param>
    /// <returns>The program's exit code, or <see cref="ExitCode"/> where it has been stopped.</returns>
    public static int Run(Func<CancellationToken, int> program, string message = "Stopped.")
    {
        ArgumentNullException.ThrowIfNull(program);
        lock (s_lock)
        {
            if (s_registrations.Length == 0)
                s_registrations = Register();
        }

        try
        {
            return program(s_asked.Token);
        }
        catch (OperationCanceledException) when (s_asked.IsCancellationRequested)
        {
            Console.Error.WriteLine(message);
            return ExitCode;
        }
        finally
        {
            // Tensors that nothing holds are freed on a thread of their own, which has to be out of libtorch as well.
            GC.WaitForPendingFinalizers();
            ProcessEnd.SkipDestructors();
        }
    }

    private static PosixSignalRegistration[] Register()
    {
        PosixSignalRegistration[] asking = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];
        // A limit of the shell on the size of files becomes an exception of the write that meets it, as a full disk is.
        return OperatingSystem.IsWindows() ? asking : [.. asking, PosixSignalRegistration.Create(FileSizeExceeded, context => context.Cancel = true)];
    }

    private static void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (s_lock)
        {
            var now = Environment.TickCount64;
            if (s_askedAt == 0)
            {
                s_askedAt = now;
                // Where nobody looks, one line says all: the one at the end.
                if (!Console.IsErrorRedirected)
                    Console.Error.WriteLine($"{Environment.NewLine}Stopping at the end of this step. Once more stops at once.");
            }
            else if (now - s_askedAt > OnePress)
            {
                WholeFile.Abandon();
                if (OperatingSystem.IsWindows())
                    context.Cancel = false;
                else
                    ProcessEnd.AtOnce(ExitCode);
            }
        }
        s_asked.Cancel();
    }
}
