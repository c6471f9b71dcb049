using System.CommandLine;

namespace Afterimage.Cli;

/// <summary>How ranks share the work, on the command line: <c>--parallel guidance=2,sequence=2</c>.</summary>
internal static class ParallelOption
{
    private const string Forms = "guidance=2, sequence=N or guidance=2,sequence=N";

    /// <summary>Makes one.</summary>
    /// <param name="what">What it says, before its forms.</param>
    public static Option<ParallelLayout?> New(string what) => new("--parallel")
    {
        Description = $"{what}: {Forms}.",
        CustomParser = result =>
        {
            var layout = new ParallelLayout();
            foreach (var part in result.Tokens[0].Value.Split(','))
            {
                var number = part.Split('=') is [_, var text] && int.TryParse(text, out var parsed) && parsed > 0 ? parsed : 0;
                if (part.StartsWith("guidance=", StringComparison.Ordinal) && number is 1 or 2)
                    layout = layout with { Guidance = number };
                else if (part.StartsWith("sequence=", StringComparison.Ordinal) && number > 0)
                    layout = layout with { Sequence = number };
                else
                    result.AddError($"--parallel takes {Forms}, got '{result.Tokens[0].Value}'.");
            }
            return layout;
        },
    };
}
