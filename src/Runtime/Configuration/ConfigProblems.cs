using System.Globalization;
using System.Text.RegularExpressions;

namespace Afterimage.Configuration;

/// <summary>Collects what is wrong with a config: each problem names the property, its value and the remedy.</summary>
internal sealed class ConfigProblems
{
    private readonly List<string> _problems = [];

    public void SkipRange(string property, int? value)
    {
        if (value <= 0)
        {
            Add(property, Text(value.Value),
                "give 1 to compute on every forward, N to compute on every Nth, or null to leave these sites alone");
        }
    }

    public void Timesteps(string property, TimestepRange range)
    {
        if (double.IsNaN(range.Low) || double.IsNaN(range.High))
            Add(property, range.ToString(), "both ends must be numbers; infinities are allowed");
        else if (range.Low > range.High)
        {
            var turned = new TimestepRange(range.High, range.Low);
            Add(property, range.ToString(), $"the low end comes first, although timesteps run down: {turned}");
        }
    }

    public void AtLeast(string property, int? value, int least, string remedy)
    {
        if (value < least)
            Add(property, Text(value.Value), remedy);
    }

    public void Within(string property, int value, int least, int most, string why)
    {
        if (value < least || value > most)
            Add(property, Text(value), string.Create(CultureInfo.InvariantCulture, $"give {least} to {most}; {why}"));
    }

    /// <summary>A value that a config has found to be none it can take.</summary>
    public void Of(string property, object? value, string remedy) => Add(property, $"{value}", remedy);

    public void Factor(string property, double value)
    {
        if (!double.IsFinite(value))
            Add(property, Text(value), "give a finite number");
    }

    public void Bytes(string property, long? value)
    {
        if (value < 0)
            Add(property, Text(value.Value), "give a number of bytes, or null for no limit");
    }

    public void Defined<T>(string property, T value) where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            Add(property, value.ToString(), $"give one of {string.Join(", ", Enum.GetNames<T>())}");
    }

    public void Patterns(string property, IReadOnlyList<string>? identifiers)
    {
        if (identifiers is { Count: 0 })
        {
            Add(property, "[]",
                "an empty list matches no site; give null to go by the annotations, or set the skip range to null");
        }
        foreach (var identifier in identifiers ?? [])
        {
            if (ErrorIn(identifier) is { } error)
                Add(property, $"\"{identifier}\"", $"it is no regular expression: {error}");
        }
    }

    /// <exception cref="ArgumentException">There are problems.</exception>
    public void ThrowIfAny(Type config)
    {
        if (_problems.Count > 0)
            throw new ArgumentException($"{config.Name} is invalid. {string.Join(" ", _problems)}", nameof(config));
    }

    private void Add(string property, string value, string remedy) => _problems.Add($"{property} is {value}: {remedy}.");

    private static string? ErrorIn(string? identifier)
    {
        if (string.IsNullOrEmpty(identifier))
            return "it is empty, which would match every site";
        try
        {
            _ = new Regex(identifier);
            return null;
        }
        catch (RegexParseException exception)
        {
            return exception.Message.TrimEnd('.');
        }
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
