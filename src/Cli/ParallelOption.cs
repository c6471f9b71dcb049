using System.CommandLine;

namespace Afterimage.Cli;

/// <summary>How ranks share the work, on the command line: <c>--parallel guidance=2,sequence=2</c>.</summary>
internal static class ParallelOption
{
    /// <summary>Makes one.</summary>
    public static Option<ParallelLayout?> New(string description) => new("--parallel")
    {
        Description = description,
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
                    result.AddError($"--parallel takes guidance=2, sequence=N or guidance=2,sequence=N, got '{result.Tokens[0].Value}'.");
            }
            return layout;
        },
    };
}
