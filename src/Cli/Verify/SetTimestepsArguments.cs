using System.Text.Json;

namespace Afterimage.Cli.Verify;

/// <summary>The recorded arguments of a scheduler's set_timesteps.</summary>
internal sealed class SetTimestepsArguments
{
    private readonly Dictionary<string, JsonElement> _values;

    /// <param name="recording">The recording.</param>
    /// <param name="known">The arguments that this scheduler takes.</param>
    /// <exception cref="NotSupportedException">Another argument is recorded.</exception>
    public SetTimestepsArguments(SchedulerRecording recording, params string[] known)
    {
        _values = recording.SetTimesteps;
        if (_values.Keys.FirstOrDefault(key => !known.Contains(key)) is { } unknown)
            throw new NotSupportedException($"set_timesteps with '{unknown}' is not known here");
    }

    public int? Steps => Find("num_inference_steps")?.GetInt32();

    public double? Mu => Find("mu")?.GetDouble();

    public double[]? Numbers(string name) => Find(name) is { } list ? [.. list.EnumerateArray().Select(number => number.GetDouble())] : null;

    private JsonElement? Find(string name) =>
        _values.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
