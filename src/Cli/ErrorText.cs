using System.CommandLine.Parsing;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Afterimage.Cli;

/// <summary>What went wrong, in one line.</summary>
internal static partial class ErrorText
{
    /// <summary>The message of an error in a command line, without names of .NET types.</summary>
    public static string Of(ParseError error) => OneLine(ClrType().Replace(error.Message, ""));

    /// <summary>An exception's message without names of .NET parameters, and without the C++ frames below libtorch's.</summary>
    public static string Of(Exception exception)
    {
        exception = Cause(exception);
        var message = exception.Message;
        if (exception is OutOfMemoryException and not InsufficientMemoryException)
            message = $"There is not enough memory: {message}";
        if (exception is ArgumentException { ParamName: { Length: > 0 } name })
            message = message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal);
        if (exception is ArgumentOutOfRangeException { ActualValue: { } value })
            message = string.Create(CultureInfo.InvariantCulture, $"{message[..message.LastIndexOf(Environment.NewLine, StringComparison.Ordinal)].TrimEnd('.')}, found {value}");
        if (exception is InsufficientMemoryException)
            message = $"{message.TrimEnd('.')} (--force begins all the same).";
        // What TorchSharp throws. Messages from here list, say, tensors on lines of their own.
        if (exception is ExternalException)
            message = message.Trim().Split('\n')[0];
        return OneLine(message);
    }

    /// <summary>What an exception is about, without what it came wrapped in.</summary>
    public static Exception Cause(Exception exception) => exception is TypeInitializationException or TargetInvocationException or AggregateException
        && exception.InnerException is { } inner ? Cause(inner) : exception;

    /// <summary>The lines of a message as one.</summary>
    public static string OneLine(string message) =>
        string.Join(' ', message.Split(['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    [GeneratedRegex(@" as expected type '[^']*'")]
    private static partial Regex ClrType();
}
