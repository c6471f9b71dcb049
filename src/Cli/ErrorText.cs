using System.Runtime.InteropServices;

namespace Afterimage.Cli;

/// <summary>What went wrong, in one line.</summary>
internal static class ErrorText
{
    /// <summary>An exception's message without names of .NET parameters, and without the C++ frames below libtorch's.</summary>
    public static string Of(Exception exception)
    {
        var message = exception.Message;
        if (exception is ArgumentException { ParamName: { Length: > 0 } name })
            message = message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal);
        // What TorchSharp throws. Messages from here list, say, tensors on lines of their own.
        if (exception is ExternalException)
            message = message.Trim().Split('\n')[0];
        return OneLine(message);
    }

    /// <summary>The lines of a message as one.</summary>
    public static string OneLine(string message) =>
        string.Join(' ', message.Split(['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
